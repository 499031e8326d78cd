// Dockerfile instructions that change how a container of an image is run, one at a time, as `docker import --change` takes them
// (Dockerfile reference; image-spec config.md, "config").
import { posix } from 'node:path';
import { TsdockerError } from '../error.ts';
import { expand, jsonWords, pairs, splitWords } from './change-words.ts';
import { healthcheck } from './healthcheck.ts';

/** The `config` of an image config, as it is written. Names are the specification's, and Docker's. */
export interface ExecutionFields {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  readonly OnBuild?: readonly string[];
  readonly Healthcheck?: Readonly<Record<string, unknown>>;
}

type Instruction = (rest: string, fields: ExecutionFields) => ExecutionFields;

/**
 * The fields after all changes, in their order. Throws `usage`, with the change named, for one that makes no sense.
 * @param changes Such as `CMD ["/bin/sh"]`.
 */
export const applyChanges = (fields: ExecutionFields, changes: readonly string[]): ExecutionFields =>
  changes.reduce(applyChange, fields);

function applyChange(fields: ExecutionFields, change: string): ExecutionFields {
  const [, name = '', rest = ''] = /^\s*(\S+)\s*(.*?)\s*$/s.exec(change) ?? [];
  const instruction = Object.hasOwn(instructions, name.toUpperCase()) && instructions[name.toUpperCase()];
  if (!instruction) {
    throw new TsdockerError('usage', `${JSON.stringify(change)} is no change that can be made`, {
      hint: `there are ${Object.keys(instructions).join(', ')}`,
    });
  }
  if (rest === '') throw new TsdockerError('usage', `the change ${JSON.stringify(change)} lacks an argument`);
  try {
    return { ...fields, ...instruction(rest, fields) };
  } catch (cause) {
    if (!(cause instanceof TsdockerError)) throw cause;
    throw new TsdockerError('usage', `the change ${JSON.stringify(change)} makes no sense: ${cause.message}`, {
      cause,
    });
  }
}

/** The exec form as it is, another one for a shell. */
const command = (rest: string): readonly string[] => jsonWords(rest) ?? ['/bin/sh', '-c', rest];

/** A set, as Go writes one. */
const set = (words: readonly string[]): Record<string, object> => Object.fromEntries(words.map((word) => [word, {}]));

const instructions: Readonly<Record<string, Instruction>> = {
  CMD: (rest) => ({ Cmd: command(rest) }),
  ENTRYPOINT: (rest) => ({ Entrypoint: command(rest) }),
  ENV: (rest, { Env = [] }) => ({ Env: withVariables(Env, pairs(rest, Env)) }),
  EXPOSE: (rest, { Env = [], ExposedPorts = {} }) => ({
    ExposedPorts: { ...ExposedPorts, ...set(splitWords(rest, Env).flatMap(ports)) },
  }),
  HEALTHCHECK: (rest) => ({
    Healthcheck: healthcheck(rest, (text) => {
      const words = jsonWords(text);
      return words === undefined ? { shell: text } : { words };
    }),
  }),
  LABEL: (rest, { Env = [], Labels = {} }) => ({ Labels: { ...Labels, ...Object.fromEntries(pairs(rest, Env)) } }),
  ONBUILD: (rest, { OnBuild = [] }) => ({ OnBuild: [...OnBuild, trigger(rest)] }),
  STOPSIGNAL: (rest, { Env = [] }) => ({ StopSignal: signal(expand(rest, Env)) }),
  USER: (rest, { Env = [] }) => ({ User: expand(rest, Env) }),
  VOLUME: (rest, { Env = [], Volumes = {} }) => ({
    Volumes: { ...Volumes, ...set(jsonWords(rest) ?? splitWords(rest, Env)) },
  }),
  WORKDIR: (rest, { Env = [], WorkingDir = '/' }) => ({
    WorkingDir: posix.resolve('/', WorkingDir, expand(rest, Env)),
  }),
};

/** A variable that is there already keeps its place. */
function withVariables(environment: readonly string[], added: readonly (readonly [string, string])[]): string[] {
  const variables = new Map(environment.map((entry) => [entry.split('=', 1)[0]!, entry]));
  for (const [name, value] of added) variables.set(name, `${name}=${value}`);
  return [...variables.values()];
}

const mostPorts = 65_535;

/** `80`, `80/udp`, `8000-8010/tcp`. */
function ports(text: string): string[] {
  const [, first = '', last = first, protocol = 'tcp'] =
    /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === '' || from < 1 || to > mostPorts || from > to)
    throw new TsdockerError('usage', `${JSON.stringify(text)} is not a port such as 80 or 53/udp`);
  return Array.from({ length: to - from + 1 }, (_, index) => `${from + index}/${protocol.toLowerCase()}`);
}

function trigger(rest: string): string {
  const [name = ''] = rest.split(/\s/, 1);
  if (!['ONBUILD', 'FROM', 'MAINTAINER'].includes(name.toUpperCase())) return rest;
  throw new TsdockerError('usage', `${name.toUpperCase()} cannot be triggered`);
}

function signal(text: string): string {
  if (/^(?:SIG)?[A-Z][A-Z0-9+-]*$/i.test(text) || (/^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= 64))
    return text;
  throw new TsdockerError('usage', `${JSON.stringify(text)} is not a signal`);
}
