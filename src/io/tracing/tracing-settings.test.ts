import { expect, test } from 'vitest';
import { readOtlpHeaders } from './tracing-settings.ts';

test.each([
  ['api-key=abc', { 'api-key': 'abc' }],
  [
    'Authorization=Basic%20dXNlcjpwYXNz, x-team = ads',
    { authorization: 'Basic dXNlcjpwYXNz', 'x-team': 'ads' },
  ],
  ['key=a=b==', { key: 'a=b==' }],
])('reads %j', (text, headers) => {
  expect(readOtlpHeaders(text)).toEqual(headers);
});

test.each(['', 'no-value', '=value', 'bad name=1', 'a=%zz', 'a=1,', 'a=%0d%0ab: c'])('refuses %j', (text) => {
  expect(readOtlpHeaders(text)).toBeNull();
});
