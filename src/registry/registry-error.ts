// What a registry refuses, in one line each (distribution-spec, "Error Codes"). A registry's own words are hostile: they are
// shown shortened, printable, and never where credentials were at stake.
import { TsdockerError } from '../error.ts';
import { familiarRepository, type Reference } from '../image/reference.ts';

/** What was asked for when the registry refused. */
export interface Asked {
  readonly reference: Reference;
  /** `the registry docker.io`. */
  readonly title: string;
  /** A tag or a digest of a manifest, or the digest of a blob. */
  readonly object: { readonly kind: 'manifest' | 'blob'; readonly name: string };
  /** Credentials were sent along. */
  readonly authenticated: boolean;
  /** Why there were no credentials, where that has a reason. */
  readonly trouble?: string;
}

export interface RegistryComplaint {
  readonly code: string;
  readonly message: string;
}

/** The errors in a body of the specification's form; none for anything else. */
export function parseComplaints(body: string): RegistryComplaint[] {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return [];
  }
  const errors = (value as { errors?: unknown } | null)?.errors;
  if (!Array.isArray(errors)) return [];
  return errors.slice(0, 10).flatMap((each: unknown) => {
    const { code, message } = (each ?? {}) as { code?: unknown; message?: unknown };
    if (typeof code !== 'string') return [];
    return [{ code: code.toUpperCase(), message: typeof message === 'string' ? printable(message) : '' }];
  });
}

/** One short line without control characters, which could rewrite a terminal, and without anything like a credential. */
export function printable(text: string): string {
  const line = text
    .slice(0, 1000)
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\b(Basic|Bearer)\s+\S+/gi, '$1 …')
    .replace(/:\/\/[^\s/@]*@/g, '://…@')
    .trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/** The error for an answer that is no success. @param retryAfter The header, for the hint. */
export function refusalError(
  asked: Asked,
  status: number,
  complaints: readonly RegistryComplaint[],
  retryAfter: string | null = null,
): TsdockerError {
  const { title, object, reference } = asked;
  const repository = familiarRepository(reference);
  const codes = complaints.map(({ code }) => code);
  const details = { status, codes };
  // The status leads: a 404 that a proxy in front sent has no code at all.
  if (status === 429 || codes.includes('TOOMANYREQUESTS')) return rateLimitError(title, retryAfter, details);
  if (status === 401 || status === 403) {
    return new TsdockerError('registry', `${title} denied access to ${repository}`, {
      hint:
        asked.trouble ??
        (asked.authenticated
          ? 'the credentials given for it may not read this image, or the image does not exist'
          : 'the image may not exist, or be private'),
      details,
    });
  }
  if (status === 404 && codes.includes('NAME_UNKNOWN')) {
    return new TsdockerError('notFound', `${title} has no image ${repository}`, {
      hint: 'check the spelling',
      details,
    });
  }
  if (status === 404) {
    const isTag = object.kind === 'manifest' && object.name !== reference.digest && !object.name.includes(':');
    const what = isTag ? `tag ${object.name}` : `${object.kind} ${object.name}`;
    return new TsdockerError('notFound', `${title} has no ${what} of ${repository}`, {
      hint: isTag ? 'check the tag' : 'it may have been deleted there',
      details,
    });
  }
  const [first] = complaints;
  const words = first === undefined ? [] : [printable(first.code.toLowerCase()), first.message];
  const quoted = words.filter((part) => part !== '').join(', ');
  return new TsdockerError(
    'registry',
    `${title} answered ${status} when asked for ${repository}${quoted === '' ? '' : `: ${quoted}`}`,
    { details, ...(status >= 500 && { hint: 'the fault is on its side: try again later' }) },
  );
}

/** @param title Who refused. @param retryAfter The header, for the hint. */
export function rateLimitError(
  title: string,
  retryAfter: string | null,
  details: Readonly<Record<string, unknown>>,
): TsdockerError {
  const wait =
    retryAfter !== null && /^\d{1,9}$/.test(retryAfter.trim()) ? `wait ${retryAfter.trim()} seconds` : 'wait';
  return new TsdockerError('registry', `${title} limits how often images are pulled, and the limit is reached`, {
    hint: `${wait}, or name a mirror with --mirror or in the registry configuration`,
    details,
  });
}
