// References: the names of images, as people write them and as they are meant (distribution's reference grammar;
// distribution-spec, "Pulling manifests"; Docker's short names).
import { TsdockerError } from '../error.ts';
import { type Digest, parseDigest } from './digest.ts';

export interface Reference {
  /** The registry's host, with its port: `docker.io`. */
  readonly domain: string;
  /** The repository in the registry: `library/alpine`. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const defaultDomain = 'docker.io';
const officialPrefix = 'library/';
const longestName = 255;

const pathComponent = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const domainPattern =
  /^(?:(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])(?:\.(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]))*|\[[A-Fa-f0-9:]+\])(?::[0-9]+)?$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

function refuse(text: string, why: string): never {
  throw new TsdockerError('usage', `${JSON.stringify(text)} is not the name of an image: ${why}`, {
    hint: 'names look like alpine, alpine:3.22, or registry.example:5000/team/app@sha256:…',
  });
}

/**
 * Parses what a person wrote: `alpine` is docker.io/library/alpine:latest. The tag `latest` is added only where neither
 * tag nor digest was given. Throws `usage`.
 */
export function parseReference(text: string): Reference {
  if (text === '') refuse(text, 'it is empty');
  if (/^[a-f0-9]{64}$/.test(text)) refuse(text, 'it is 64 hexadecimal digits, which could be an id');
  const [name = '', digestText, ...more] = text.split('@');
  if (more.length > 0) refuse(text, 'it has two digests');
  const digest = digestText === undefined ? undefined : readDigest(text, digestText);
  // A colon after the last slash begins a tag; one before it, a port.
  const colon = name.lastIndexOf(':');
  const tagged = colon > name.lastIndexOf('/');
  const tag = tagged ? name.slice(colon + 1) : undefined;
  if (tag !== undefined && !tagPattern.test(tag)) refuse(text, `the tag ${JSON.stringify(tag)} is not one`);
  const { domain, path } = splitDomain(tagged ? name.slice(0, colon) : name);
  if (!domainPattern.test(domain)) refuse(text, `${JSON.stringify(domain)} is not a registry`);
  if (path !== path.toLowerCase()) refuse(text, 'a repository is written in lower case');
  for (const component of path.split('/')) {
    if (!pathComponent.test(component))
      refuse(text, `${JSON.stringify(component)} is not a part of a repository’s name`);
  }
  if (domain.length + path.length + 1 > longestName) refuse(text, `it is longer than ${longestName} characters`);
  const wholeTag = tag ?? (digest === undefined ? 'latest' : undefined);
  return {
    domain,
    path,
    ...(wholeTag === undefined ? {} : { tag: wholeTag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

function readDigest(text: string, digest: string): Digest {
  try {
    return parseDigest(digest);
  } catch (error) {
    return refuse(text, (error as Error).message);
  }
}

/** The first component is a registry only if it looks like one: a dot, a port, `localhost`, or upper case. */
function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, slash);
  const isDomain = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const domain = isDomain ? first : defaultDomain;
  const path = isDomain ? name.slice(slash + 1) : name;
  if (domain === defaultDomain || domain === 'index.docker.io') {
    return { domain: defaultDomain, path: path.includes('/') ? path : officialPrefix + path };
  }
  return { domain, path };
}

const suffix = ({ tag, digest }: Reference): string =>
  (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);

/** The whole name: docker.io/library/alpine:latest. */
export const formatReference = (reference: Reference): string =>
  `${reference.domain}/${reference.path}${suffix(reference)}`;

/** The repository as people know it, without tag and digest: alpine. */
export function familiarRepository({ domain, path }: Reference): string {
  if (domain !== defaultDomain) return `${domain}/${path}`;
  const short = path.startsWith(officialPrefix) ? path.slice(officialPrefix.length) : path;
  return short.includes('/') ? path : short;
}

/** The name as people know it: alpine:latest. */
export const familiarName = (reference: Reference): string => familiarRepository(reference) + suffix(reference);

/**
 * The names that an image gets which was had as `reference`: a digest, where there is one, counts more than the tag beside it,
 * as in Docker. @param known The digest that the registry knows it by, where the reference does not say.
 */
export function namesOf({ domain, path, tag, digest }: Reference, known?: Digest): string[] {
  const repository = { domain, path };
  const byDigest = digest ?? known;
  return [
    ...(digest === undefined && tag !== undefined ? [formatReference({ ...repository, tag })] : []),
    ...(byDigest === undefined ? [] : [formatReference({ ...repository, digest: byDigest })]),
  ];
}
