// A moment as Go prints it, which is what Docker's templates have for CreatedAt: `2026-01-31 09:30:00 +0000 UTC`.

/** @param milliseconds Since the epoch. */
export const goTime = (milliseconds: number): string =>
  `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;

/** The same with its thousandths, where there are any: `2026-01-31 09:30:00.25 +0000 UTC`. */
export function goMoment(milliseconds: number): string {
  const digits = new Date(milliseconds).toISOString().slice(20, 23).replace(/0+$/, '');
  return goTime(milliseconds).replace(' +', `${digits === '' ? '' : `.${digits}`} +`);
}
