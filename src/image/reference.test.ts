import { describe, expect, test } from 'vitest';
import { familiarName, familiarRepository, formatReference, parseReference } from './reference.ts';

const hex = 'a'.repeat(64);
const digest = `sha256:${hex}`;

describe('a name as people write it', () => {
  test.each([
    // What Docker adds where it is left out.
    ['alpine', 'docker.io', 'library/alpine', 'latest'],
    ['alpine:3.22', 'docker.io', 'library/alpine', '3.22'],
    ['team/app', 'docker.io', 'team/app', 'latest'],
    ['a/b/c/d', 'docker.io', 'a/b/c/d', 'latest'],
    ['docker.io/alpine', 'docker.io', 'library/alpine', 'latest'],
    ['docker.io/library/alpine', 'docker.io', 'library/alpine', 'latest'],
    ['index.docker.io/alpine:3', 'docker.io', 'library/alpine', '3'],
    // What makes the first part a registry: a dot, a port, localhost, upper case.
    ['registry.example/app', 'registry.example', 'app', 'latest'],
    ['registry.example:5000/team/app:1', 'registry.example:5000', 'team/app', '1'],
    ['registry:5000/app', 'registry:5000', 'app', 'latest'],
    ['localhost/app', 'localhost', 'app', 'latest'],
    ['localhost:5000/app:v2', 'localhost:5000', 'app', 'v2'],
    ['REGISTRY/app', 'REGISTRY', 'app', 'latest'],
    ['[::1]:5000/app', '[::1]:5000', 'app', 'latest'],
    ['[2001:db8::1]/app:1', '[2001:db8::1]', 'app', '1'],
    ['127.0.0.1:5000/app', '127.0.0.1:5000', 'app', 'latest'],
    ['registry/app', 'docker.io', 'registry/app', 'latest'],
    // Without a slash all is a repository, and what follows the colon a tag.
    ['localhost', 'docker.io', 'library/localhost', 'latest'],
    ['localhost:5000', 'docker.io', 'library/localhost', '5000'],
    ['registry.example:5000', 'docker.io', 'library/registry.example', '5000'],
    // Letters that the grammar knows.
    ['a', 'docker.io', 'library/a', 'latest'],
    ['g/a.b_c__d-e---f', 'docker.io', 'g/a.b_c__d-e---f', 'latest'],
    ['app:_', 'docker.io', 'library/app', '_'],
    ['app:V1.2-rc_3', 'docker.io', 'library/app', 'V1.2-rc_3'],
    [`app:${'t'.repeat(128)}`, 'docker.io', 'library/app', 't'.repeat(128)],
    [hex.slice(1), 'docker.io', `library/${hex.slice(1)}`, 'latest'],
    [`x/${hex}`, 'docker.io', `x/${hex}`, 'latest'],
  ])('%s', (text, domain, path, tag) => {
    expect(parseReference(text)).toEqual({ domain, path, tag });
  });

  test('a digest takes the place of the tag latest, and stands beside a tag that was given', () => {
    expect(parseReference(`alpine@${digest}`)).toEqual({ domain: 'docker.io', path: 'library/alpine', digest });
    expect(parseReference(`host:5000/app:1@${digest}`)).toEqual({ domain: 'host:5000', path: 'app', tag: '1', digest });
    const long = `sha512:${'0'.repeat(128)}`;
    expect(parseReference(`app@${long}`).digest).toBe(long);
  });
});

describe('what is no name is refused', () => {
  test.each([
    ['', 'it is empty'],
    [hex, 'could be an id'],
    ['Alpine', 'lower case'],
    ['team/App', 'lower case'],
    ['registry.example/Team/app', 'lower case'],
    ['-alpine', 'not a part of a repository'],
    ['alpine-', 'not a part of a repository'],
    ['a..b', 'not a part of a repository'],
    ['a___b', 'not a part of a repository'],
    ['a._b', 'not a part of a repository'],
    ['/alpine', 'not a part of a repository'],
    ['a//b', 'not a part of a repository'],
    ['alpine/', 'not a part of a repository'],
    ['../../etc', 'is not a registry'],
    ['a/../b', 'not a part of a repository'],
    ['http://registry.example/app', 'is not a registry'],
    ['alpine:', 'the tag "" is not one'],
    ['alpine:.x', 'the tag ".x" is not one'],
    ['alpine:-x', 'the tag "-x" is not one'],
    ['alpine:a b', 'the tag "a b" is not one'],
    [`alpine:${'t'.repeat(129)}`, 'is not one'],
    ['alpine:1:2', 'not a part of a repository'],
    [' alpine', 'not a part of a repository'],
    ['alpine\n', 'not a part of a repository'],
    ['alpine:1\n', 'is not one'],
    ['älpine', 'not a part of a repository'],
    ['-registry.example/app', 'is not a registry'],
    ['registry.example-/app', 'is not a registry'],
    ['registry.example:/app', 'is not a registry'],
    ['registry.example:port/app', 'is not a registry'],
    ['user@registry.example/app', 'is not a digest'],
    ['[::1/app', 'is not a registry'],
    ['[fe80::1%25eth0]/app', 'is not a registry'],
    ['alpine@', 'is not a digest'],
    ['alpine@sha256:short', 'does not have 64 hexadecimal digits'],
    [`alpine@sha256:${'A'.repeat(64)}`, 'does not have 64 hexadecimal digits'],
    [`alpine@md5:${'a'.repeat(32)}`, 'unknown algorithm md5'],
    [`alpine@${digest}@${digest}`, 'it has two digests'],
    [`alpine@${digest}:1`, 'is not a digest'],
    [`${'a'.repeat(250)}`, 'longer than 255 characters'],
  ])('%j', (text, reason) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(reason) }),
    );
  });

  test('the longest name that is allowed has 255 characters', () => {
    expect(parseReference(`x.y/${'a'.repeat(251)}`).path).toHaveLength(251);
    expect(() => parseReference(`x.y/${'a'.repeat(252)}`)).toThrow('longer than 255 characters');
  });

  test('a long hostile name is refused without delay', () => {
    expect(() => parseReference(`${'a-'.repeat(50_000)}!`)).toThrow('not the name of an image');
    expect(() => parseReference(`${'a.'.repeat(50_000)}!/x`)).toThrow('not the name of an image');
  });
});

describe('a name as it is shown', () => {
  test.each([
    ['alpine', 'docker.io/library/alpine:latest', 'alpine:latest', 'alpine'],
    ['team/app:1', 'docker.io/team/app:1', 'team/app:1', 'team/app'],
    [`alpine@${digest}`, `docker.io/library/alpine@${digest}`, `alpine@${digest}`, 'alpine'],
    ['host:5000/app', 'host:5000/app:latest', 'host:5000/app:latest', 'host:5000/app'],
    ['docker.io/library/a/b', 'docker.io/library/a/b:latest', 'library/a/b:latest', 'library/a/b'],
    ['localhost/library/app', 'localhost/library/app:latest', 'localhost/library/app:latest', 'localhost/library/app'],
  ])('%s', (text, whole, familiar, repository) => {
    const reference = parseReference(text);
    expect(formatReference(reference)).toBe(whole);
    expect(familiarName(reference)).toBe(familiar);
    expect(familiarRepository(reference)).toBe(repository);
    expect(parseReference(whole)).toEqual(reference);
    expect(parseReference(familiar)).toEqual(reference);
  });
});
