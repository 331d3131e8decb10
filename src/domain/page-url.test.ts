import { expect, test } from 'vitest';
import { readPageUrl } from './page-url.ts';

test.each([
  ['https://Example.com', 'https://example.com', 'https://example.com/'],
  [' https://example.com:443/lp?utm_source=x#a ', 'https://example.com', 'https://example.com/lp'],
  ['http://example.com:8080/A/b/', 'http://example.com:8080', 'http://example.com:8080/A/b/'],
  ['https://loja.açaí.com.br/', 'https://loja.xn--aa-4iaz.com.br', 'https://loja.xn--aa-4iaz.com.br/'],
])('%s is a page of %s', (text, origin, url) => {
  expect(readPageUrl(text)).toEqual({ origin, url });
});

test.each([
  'example.com',
  'ftp://example.com/',
  'javascript:alert(1)',
  'https://',
  'https://me:pw@example.com/',
  'https://a b.com/',
  '',
])('"%s" is no page', (text) => {
  expect(readPageUrl(text)).toBeNull();
});
