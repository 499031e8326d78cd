import { expect, test } from 'vitest';
import { parseHelperAnswer } from './credential-helper.ts';

test.each([
  ['{"ServerURL":"r","Username":"me","Secret":"sesame"}', { username: 'me', password: 'sesame' }],
  ['{"Username":"<token>","Secret":"t"}', { username: '', password: '', identityToken: 't' }],
  ['{"Username":"","Secret":""}', undefined],
])('the answer %s is understood', (text, expected) => {
  expect(parseHelperAnswer(text, 'docker-credential-x')).toEqual(expected);
});

test.each([
  ['sesame', 'printed what is not JSON'],
  ['', 'printed what is not JSON'],
  ['null', 'printed no Username and Secret'],
  ['{"Username":"me"}', 'printed no Username and Secret'],
  ['{"Username":"me","Secret":5}', 'printed no Username and Secret'],
  ['{"Username":"m:e","Secret":"sesame"}', 'gave an answer that has a colon in its username'],
  [
    '{"Username":"me","Secret":"ses\\name"}',
    'gave an answer that has a control character, such as a line break, in its password',
  ],
])('the answer %s is refused without being shown', (text, why) => {
  const message = `the credential helper docker-credential-x ${why}`;
  expect(() => parseHelperAnswer(text, 'docker-credential-x')).toThrow(
    expect.objectContaining({ code: 'registry', message }),
  );
});
