import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildScriptJson, escapeHtml, readLink } from './escape.ts';

describe('escaping', () => {
  test('markup in text stays text', () => {
    expect(escapeHtml(`<img src=x onerror='a("b")'>&\``)).toBe(
      '&lt;img src=x onerror=&#39;a(&quot;b&quot;)&#39;&gt;&amp;&#96;',
    );
  });

  test('no string can leave an inline script, and it reads back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = buildScriptJson(text);
        expect(json).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(json)).toBe(text);
      }),
    );
    expect(buildScriptJson('</script><!--\u2028')).toBe('"\\u003c/script\\u003e\\u003c!--\\u2028"');
  });

  test.each([
    ['https://example.com/a?b=c', 'https://example.com/a?b=c'],
    ['http://localhost:8080/x', 'http://localhost:8080/x'],
    ['javascript:alert(1)', null],
    ['data:text/html,x', null],
    ['no url', null],
  ])('link %s', (url, expected) => {
    expect(readLink(url)).toBe(expected);
  });
});
