// Asking one endpoint for one thing: with retries, with the credentials it wants, and with its refusals as our errors.
import type { TsdockerError } from '../error.ts';
import type { Reference } from '../image/reference.ts';
import { createAuthenticator, type Standing } from './auth.ts';
import { isLostConnection } from './connection-error.ts';
import type { CredentialLookup } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import type { Request } from './redirect.ts';
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
  /**
   * Any request to an endpoint, with the Authorization header where it goes to the endpoint itself. The answer may be a refusal.
   * @param retried False where the request cannot be made again as it is, such as a part of an upload.
   */
  send(endpoint: Endpoint, repository: string, request: Request, retried: boolean): Promise<Answer>;
  /** What a refusing answer says. */
  readComplaints(answer: Answer): Promise<RegistryComplaint[]>;
  /** Whether an endpoint was shown credentials. */
  standing(endpoint: Endpoint): Standing;
}

/** Of a refusal's body, as much as is worth reading. */
const largestComplaint = 64 * 2 ** 10;

export function createRequests(
  transport: Transport,
  credentials: CredentialLookup,
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  scopesOf?: (repository: string) => readonly string[],
): Requests {
  const authenticator = createAuthenticator(credentials, send, scopesOf === undefined ? {} : { scopesOf });

  function send(request: Request, title: string): Promise<Answer> {
    const attempt = async () => {
      try {
        const answer = await transport.send(request, title);
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

  function ask(endpoint: Endpoint, repository: string, path: string, headers: Readonly<Record<string, string>>) {
    const url = new URL(`${endpoint.origin}/v2/${repository}/${path}`);
    return sendAuthorized(endpoint, repository, { url, headers }, true);
  }

  async function sendAuthorized(endpoint: Endpoint, repository: string, request: Request, retried: boolean) {
    const { url } = request;
    const once = retried ? send : transport.send;
    // An upload may go on elsewhere, where nobody is to see who we are to the registry.
    if (url.origin !== endpoint.origin) return once(request, `${url.host}, where ${endpoint.title} takes uploads,`);
    const sent = authenticator.known(endpoint, repository);
    const withHeader = (authorization: string | undefined): Request => ({
      ...request,
      headers: { ...request.headers, ...(authorization !== undefined && { authorization }) },
    });
    const answer = await once(withHeader(sent), endpoint.title);
    const challenge = answer.headers.get('www-authenticate');
    // A challenge from where a redirect led is not the registry's.
    if (answer.status !== 401 || answer.elsewhere || challenge === null) return answer;
    if (request.body !== undefined && !(request.body instanceof Uint8Array)) {
      // The stream is used up: the caller starts again, and finds the new token.
      await authenticator.answer(endpoint, repository, challenge, sent);
      return answer;
    }
    await answer.discard();
    const authorization = await authenticator.answer(endpoint, repository, challenge, sent);
    return authorization === undefined ? answer : once(withHeader(authorization), endpoint.title);
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
    send: sendAuthorized,
    readComplaints,
    standing: authenticator.standing,
    async fetchObject(endpoint, reference, object, headers) {
      const answer = await ask(endpoint, reference.path, `${object.kind}s/${object.name}`, headers);
      if (answer.status === 200 || answer.status === 206) return answer;
      const standing = authenticator.standing(endpoint);
      throw await refusal({ reference, title: endpoint.title, object, ...standing }, endpoint, answer);
    },
  };
}
