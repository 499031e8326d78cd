import { homedir } from 'node:os';
import { expect, test } from 'vitest';
import { dockerConfigPath, lookUp } from './credentials.ts';
import { parseDockerConfig } from './docker-config.ts';

test.each([
  [{ DOCKER_CONFIG: '/etc/docker-cli', HOME: '/home/me' }, '/etc/docker-cli/config.json'],
  [{ DOCKER_CONFIG: '', HOME: '/home/me' }, '/home/me/.docker/config.json'],
  [{}, `${homedir()}/.docker/config.json`],
])('with %j the file is %s', (environment, path) => {
  expect(dockerConfigPath(environment)).toBe(path);
});

test('where no helper is configured for a registry the file itself counts', async () => {
  const auths = { 'r.example': { auth: 'YTpi' } };
  const config = parseDockerConfig(JSON.stringify({ auths, credHelpers: { 's.example': 'none' } }), 'config.json');
  expect(await lookUp(config, ['r.example'])).toEqual({ username: 'a', password: 'b' });
});
