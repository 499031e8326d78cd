import { expect, test } from 'vitest';
import { parseReference } from '../image/reference.ts';
import { parseComplaints, refusalError } from './registry-error.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const refusal = (
  status: number,
  codes: string[],
  options: { kind?: 'manifest' | 'blob'; name?: string; authenticated?: boolean } = {},
) =>
  refusalError(
    {
      reference: parseReference('alpine:3.99'),
      title: 'the registry docker.io',
      object: { kind: options.kind ?? 'manifest', name: options.name ?? '3.99' },
      authenticated: options.authenticated ?? false,
    },
    status,
    codes.map((code) => ({ code, message: '' })),
  );

test.each([
  [404, ['MANIFEST_UNKNOWN'], {}, 'notFound', 'the registry docker.io has no tag 3.99 of alpine', 'check the tag'],
  [404, [], {}, 'notFound', 'the registry docker.io has no tag 3.99 of alpine', 'check the tag'],
  [
    404,
    ['MANIFEST_UNKNOWN', 'NAME_UNKNOWN'],
    {},
    'notFound',
    'the registry docker.io has no image alpine',
    'check the spelling',
  ],
  [
    404,
    ['MANIFEST_UNKNOWN'],
    { name: digest },
    'notFound',
    `the registry docker.io has no manifest ${digest} of alpine`,
    'it may have been deleted there',
  ],
  [
    404,
    ['BLOB_UNKNOWN'],
    { kind: 'blob', name: digest },
    'notFound',
    `the registry docker.io has no blob ${digest} of alpine`,
    'it may have been deleted there',
  ],
  [
    401,
    ['UNAUTHORIZED'],
    {},
    'registry',
    'the registry docker.io denied access to alpine',
    'the image may not exist, or be private',
  ],
  [
    403,
    ['DENIED'],
    { authenticated: true },
    'registry',
    'the registry docker.io denied access to alpine',
    'the credentials given for it may not read this image, or the image does not exist',
  ],
  [
    429,
    [],
    {},
    'registry',
    'the registry docker.io limits how often images are pulled, and the limit is reached',
    'wait, or name a mirror with --mirror or in the registry configuration',
  ],
  [
    400,
    ['TOOMANYREQUESTS'],
    {},
    'registry',
    'the registry docker.io limits how often images are pulled, and the limit is reached',
    'wait, or name a mirror with --mirror or in the registry configuration',
  ],
  [
    502,
    [],
    {},
    'registry',
    'the registry docker.io answered 502 when asked for alpine',
    'the fault is on its side: try again later',
  ],
  [418, ['TEAPOT'], {}, 'registry', 'the registry docker.io answered 418 when asked for alpine: teapot', undefined],
  [204, [], {}, 'registry', 'the registry docker.io answered 204 when asked for alpine', undefined],
] as const)('status %i with %j for %j is %s: %s', (status, codes, options, code, message, hint) => {
  expect(refusal(status, [...codes], options)).toMatchObject({ code, message, hint });
});

test.each([
  ['{"errors":[{"code":"denied","message":"no","detail":{"x":1}}]}', [{ code: 'DENIED', message: 'no' }]],
  ['{"errors":[{"code":"A","message":"one\\ntwo\\u001b[31m\\u202e"}]}', [{ code: 'A', message: 'one two [31m' }]],
  [
    '{"errors":[{"code":"A","message":"sent Authorization: Bearer abc.def"}]}',
    [{ code: 'A', message: 'sent Authorization: Bearer …' }],
  ],
  [
    '{"errors":[{"code":"A","message":"at https://me:sesame@r.example/"}]}',
    [{ code: 'A', message: 'at https://…@r.example/' }],
  ],
  ['{"errors":[{"code":"A","message":5},null,{"message":"x"},7]}', [{ code: 'A', message: '' }]],
  ['{"errors":"no"}', []],
  ['{"errors":null}', []],
  ['null', []],
  ['<html>', []],
  ['', []],
])('the body %s is read as %j', (body, expected) => {
  expect(parseComplaints(body)).toEqual(expected);
});

test('a long message is cut', () => {
  const [complaint] = parseComplaints(JSON.stringify({ errors: [{ code: 'A', message: 'x'.repeat(5000) }] }));
  expect(complaint!.message).toBe(`${'x'.repeat(200)}…`);
});
