// A moment as Go prints it, which is what Docker's templates have for CreatedAt: `2026-01-31 09:30:00 +0000 UTC`.

/** @param milliseconds Since the epoch. */
export const goTime = (milliseconds: number): string =>
  `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;
