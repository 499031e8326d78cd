// Asking one endpoint for one thing: with retries, with the credentials it wants, and with its refusals as our errors.
import type { TsdockerError } from '../error.ts';
import type { Reference } from '../image/reference.ts';
import { type CredentialsByRegistry, createAuthenticator } from './auth.ts';
import { isLostConnection } from './connection-error.ts';
import type { Endpoint } from './endpoint.ts';
import { type Asked, parseComplaints, type RegistryComplaint, refusalError } from './registry-error.ts';
import { type RetryPolicy, withRetries } from './retry.ts';
import { type Answer, readWhole, type Transport } from './transport.ts';

export interface Requests {
  /**
   * A manifest or a blob of the reference's repository: an answer of status 200 or 206. Throws `notFound` or `registry`.
   * @param headers Beside the Authorization header, which is seen to.
   */
  fetchObject(
    endpoint: Endpoint,
    reference: Reference,
    object: Asked['object'],
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer>;
}

/** Of a refusal's body, as much as is worth reading. */
const largestComplaint = 64 * 2 ** 10;

export function createRequests(
  transport: Transport,
  credentials: CredentialsByRegistry,
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
): Requests {
  const authenticator = createAuthenticator(credentials, get);

  function get(url: URL, headers: Record<string, string>, title: string): Promise<Answer> {
    const attempt = async () => {
      try {
        const answer = await transport.get({ url, headers }, title);
        const retryAfter = answer.headers.get('retry-after');
        return { outcome: answer.status, retryAfter, settle: () => answer, discard: answer.discard };
      } catch (error) {
        if (!isLostConnection(error)) throw error;
        const settle = (): never => {
          throw error;
        };
        return { outcome: 'connection lost' as const, settle };
      }
    };
    return withRetries<Answer>(attempt, policy, signal);
  }

  /** The answer may be a refusal. */
  async function ask(endpoint: Endpoint, repository: string, path: string, headers: Readonly<Record<string, string>>) {
    const url = new URL(`${endpoint.origin}/v2/${repository}/${path}`);
    const sent = authenticator.known(endpoint, repository);
    const answer = await get(url, { ...headers, ...(sent && { authorization: sent }) }, endpoint.title);
    const challenge = answer.headers.get('www-authenticate');
    // A challenge from where a redirect led is not the registry's.
    if (answer.status !== 401 || answer.elsewhere || challenge === null) return answer;
    await answer.discard();
    const authorization = await authenticator.answer(endpoint, repository, challenge, sent);
    return authorization === undefined ? answer : get(url, { ...headers, authorization }, endpoint.title);
  }

  async function readComplaints(answer: Answer): Promise<RegistryComplaint[]> {
    const body = await readWhole(answer, largestComplaint, 'the refusal').catch(() => new Uint8Array());
    signal?.throwIfAborted();
    return parseComplaints(Buffer.from(body).toString('utf8'));
  }

  async function refusal(asked: Asked, endpoint: Endpoint, answer: Answer): Promise<TsdockerError> {
    const complaints = await readComplaints(answer);
    if (answer.status === 404 && asked.object.kind === 'manifest') {
      // A registry says «manifest unknown» of an unknown repository too; its list of tags tells them apart.
      const tags = await ask(endpoint, asked.reference.path, 'tags/list?n=1', {}).catch(() => undefined);
      signal?.throwIfAborted();
      if (tags?.status === 404) complaints.push(...(await readComplaints(tags)));
      else await tags?.discard();
    }
    return refusalError(asked, answer.status, complaints, answer.headers.get('retry-after'));
  }

  return {
    async fetchObject(endpoint, reference, object, headers) {
      const answer = await ask(endpoint, reference.path, `${object.kind}s/${object.name}`, headers);
      if (answer.status === 200 || answer.status === 206) return answer;
      const authenticated = Object.hasOwn(credentials, endpoint.name);
      throw await refusal({ reference, title: endpoint.title, object, authenticated }, endpoint, answer);
    },
  };
}
