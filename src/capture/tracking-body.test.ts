import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConsentBody, readCookiesBody, readTextBody } from './tracking-body.ts';

const TOKEN = 'a'.repeat(32);

describe('posted cookies', () => {
  test.each([
    [{ _fbp: 'fb.1.1700000000000.123' }, { fbp: 'fb.1.1700000000000.123' }],
    [{ _fbc: 'fb.1.1700000000000.AbC_-' }, { fbc: 'fb.1.1700000000000.AbC_-' }],
    [{ _fbc: 'fb.1.1700000000000.AbC.BA' }, { fbc: 'fb.1.1700000000000.AbC.BA' }],
    [{ _fbp: 'fb.2.1700000000000.123.AQYCAQMB' }, { fbp: 'fb.2.1700000000000.123.AQYCAQMB' }],
    [
      { _fbp: 'fb.1.1.2', _fbc: null, _fbi: '203.0.113.7.AQYAAQMB', page_type: 'bridge' },
      { fbp: 'fb.1.1.2', fbi: '203.0.113.7.AQYAAQMB', pageType: 'bridge' },
    ],
  ])('%j', (fields, expected) => {
    expect(readCookiesBody({ tracking_token: TOKEN, ...fields }, 5)).toEqual({
      kind: 'fact',
      fact: {
        kind: 'cookies',
        at: 5,
        token: TOKEN,
        fbp: null,
        fbc: null,
        fbi: null,
        pageType: null,
        ...expected,
      },
    });
  });

  test.each([
    ['no object', [], ['']],
    ['nothing', null, ['']],
    ['no token', { _fbp: 'fb.1.1.2' }, ['tracking_token']],
    ['upper-case token', { tracking_token: TOKEN.toUpperCase() }, ['tracking_token']],
    ['short token', { tracking_token: 'abc' }, ['tracking_token']],
    ['three segments', { tracking_token: TOKEN, _fbp: 'fb.1.2' }, ['_fbp']],
    ['six segments', { tracking_token: TOKEN, _fbc: 'fb.1.2.x.BA.BA' }, ['_fbc']],
    ['a bad fifth segment', { tracking_token: TOKEN, _fbc: 'fb.1.2.x.invalid' }, ['_fbc']],
    ['a long fbp', { tracking_token: TOKEN, _fbp: `fb.1.2.${'1'.repeat(50)}` }, ['_fbp']],
    ['a number', { tracking_token: TOKEN, _fbp: 7 }, ['_fbp']],
    ['markup', { tracking_token: TOKEN, _fbi: '<script>\n', page_type: '<b>' }, ['_fbi', 'page_type']],
  ])('%s is refused', (_name, body, paths) => {
    const result = readCookiesBody(body, 5);
    expect(result.kind === 'bad' && result.errors.map((error) => error.path)).toEqual(paths);
  });

  test('a body without cookies is fine and leaves nothing', () => {
    expect(readCookiesBody({ tracking_token: TOKEN, _fbp: '', page_type: '' }, 5)).toEqual({
      kind: 'nothing',
    });
  });

  test('no JSON value makes it throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        readCookiesBody(value, 5);
        readConsentBody(value, 5);
      }),
    );
    expect(readTextBody('{"a":')).toBeNull();
  });
});

describe('posted choice', () => {
  test.each(['granted', 'denied'] as const)('%s', (ads) => {
    expect(readConsentBody({ tracking_token: TOKEN, ads }, 5)).toEqual({
      kind: 'fact',
      fact: { kind: 'consent', at: 5, token: TOKEN, ads },
    });
  });

  test.each([['pending'], [''], [true], [undefined]])('%s is refused', (ads) => {
    expect(readConsentBody({ tracking_token: TOKEN, ads }, 5)).toMatchObject({
      kind: 'bad',
      errors: [{ path: 'ads' }],
    });
  });
});
