import { describe, expect, test } from 'vitest';
import { escapeHtml, readLink } from './escape.ts';

describe('escaping', () => {
  test('markup in text stays text', () => {
    expect(escapeHtml(`<img src=x onerror='a("b")'>&\``)).toBe(
      '&lt;img src=x onerror=&#39;a(&quot;b&quot;)&#39;&gt;&amp;&#96;',
    );
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
