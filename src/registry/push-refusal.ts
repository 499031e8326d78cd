// What a registry refuses to take, in one line each (distribution-spec, "Error Codes").
import { TsdockerError } from '../error.ts';
import { familiarRepository } from '../image/reference.ts';
import { printable } from './registry-error.ts';
import type { Answer } from './transport.ts';
import type { Target } from './upload.ts';

/** The error for an answer that is no success. @param what `the blob sha256:…`. */
export async function pushRefusal(
  { requests, endpoint, reference }: Pick<Target, 'requests' | 'endpoint' | 'reference'>,
  answer: Answer,
  what: string,
): Promise<TsdockerError> {
  const { title } = endpoint;
  const { status } = answer;
  const complaints = await requests.readComplaints(answer);
  const repository = familiarRepository(reference);
  const details = { status, codes: complaints.map(({ code }) => code) };
  const { authenticated, trouble } = requests.standing(endpoint);
  if (status === 401 || status === 403) {
    return new TsdockerError('registry', `${title} denied a push to ${repository}`, {
      hint:
        trouble ??
        (authenticated
          ? 'the credentials given for it may not write to this repository'
          : `log in first: tsdocker login ${endpoint.name}`),
      details,
    });
  }
  if (status === 429) {
    return new TsdockerError('registry', `${title} limits how often it is asked, and the limit is reached`, {
      hint: 'try again later',
      details,
    });
  }
  const [first] = complaints;
  const quoted = [first && printable(first.code.toLowerCase()), first?.message].filter((part) => part).join(', ');
  const hint =
    status === 405
      ? 'it may be for reading only'
      : status >= 500
        ? 'the fault is on its side: try again later'
        : undefined;
  return new TsdockerError(
    'registry',
    `${title} answered ${status} to the push of ${what} to ${repository}${quoted === '' ? '' : `: ${quoted}`}`,
    { details, ...(hint !== undefined && { hint }) },
  );
}

export const refusedDigest = (title: string, repository: string): TsdockerError =>
  new TsdockerError('corrupt', `${title} keeps another manifest of ${repository} than was pushed`, {
    hint: 'its answer names another digest: something in between changes what is sent',
  });
