// Who a container's process is: `--user` and the image's `User` against the container's own /etc/passwd and /etc/group
// (Docker's `run --user`; image-spec config.md, "User"; passwd(5), group(5)). Pure: the files come as text.
import { TsdockerError } from '../error.ts';

export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups, without repetitions. */
  readonly groups: readonly number[];
  /** The user's home folder: `/` for one that has no entry. */
  readonly home: string;
}

export interface UserFiles {
  /** Undefined where the root has no such file. */
  readonly passwd: string | undefined;
  readonly group: string | undefined;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** The kernel keeps 2^32-1 for "no change" (setresuid(2)); Docker and shadow stop at 2^31-1. */
const largestId = 2 ** 31 - 1;

/** A decimal number that may be a user or group id; undefined for a name. Throws `usage` for a number out of range. */
function parseId(text: string, what: string): number | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  const id = Number(text);
  if (id > largestId)
    throw new TsdockerError('usage', `${what} ${text} is out of range`, { hint: `ids go from 0 to ${largestId}` });
  return id;
}

const fieldsOf = (text: string | undefined): string[][] =>
  (text ?? '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));

const isId = (field: string | undefined): field is string =>
  field !== undefined && /^[0-9]+$/.test(field) && Number(field) <= largestId;

const parsePasswd = (text: string | undefined): PasswdEntry[] =>
  fieldsOf(text)
    .filter((fields) => isId(fields[2]) && isId(fields[3]))
    .map(([name = '', , uid, gid, , home = '']) => ({ name, uid: Number(uid), gid: Number(gid), home }));

const parseGroup = (text: string | undefined): GroupEntry[] =>
  fieldsOf(text)
    .filter((fields) => isId(fields[2]))
    .map(([name = '', , gid, members = '']) => ({
      name,
      gid: Number(gid),
      members: members.split(',').filter((member) => member !== ''),
    }));

/**
 * Resolves `user`, `uid`, `user:group`, `uid:gid` and mixtures; empty is root. A number needs no entry; a name does.
 * @param additional Names or numbers of `--group-add`.
 * Throws `notFound` for a name that has no entry, `usage` for a number out of range.
 */
export function resolveUser(spec: string, additional: readonly string[], files: UserFiles): ResolvedUser {
  const [userPart = '', groupPart] = spec.split(':', 2);
  const passwd = parsePasswd(files.passwd);
  const group = parseGroup(files.group);
  const wanted = userPart === '' ? '0' : userPart;
  const id = parseId(wanted, 'the user id');
  // A name that is all digits is looked up as a number: what `docker run --user 1000` means.
  const entry = passwd.find(({ name, uid }) => (id === undefined ? name === wanted : uid === id));
  const uid = id ?? entry?.uid;
  if (uid === undefined) {
    throw new TsdockerError('notFound', `there is no user ${wanted} in the container's /etc/passwd`, {
      hint: 'give a number, or a name that the image knows',
    });
  }
  const groupId = (name: string): number => {
    const gid = parseId(name, 'the group id') ?? group.find((candidate) => candidate.name === name)?.gid;
    if (gid !== undefined) return gid;
    throw new TsdockerError('notFound', `there is no group ${name} in the container's /etc/group`, {
      hint: 'give a number, or a name that the image knows',
    });
  };
  const gid = groupPart !== undefined && groupPart !== '' ? groupId(groupPart) : (entry?.gid ?? 0);
  // Memberships count only where the group was not chosen by hand, as in Docker.
  const memberships =
    groupPart === undefined && entry !== undefined
      ? group.filter(({ members }) => members.includes(entry.name)).map((candidate) => candidate.gid)
      : [];
  return {
    uid,
    gid,
    groups: [...new Set([gid, ...memberships, ...additional.map(groupId)])],
    home: entry?.home === undefined || entry.home === '' ? '/' : entry.home,
  };
}
