import { expect, test } from 'vitest';
import { buildPageUrl, buildTouch } from './page-url.ts';

const SITE = 'https://loja.example/p';

test.each([
  ['nothing to drop', '?utm_source=fb&x=%7B%22a%22%7D', '?utm_source=fb&x=%7B%22a%22%7D'],
  ['double braces', '?utm_campaign={{campaign.name}}&fbclid=AbC', '?fbclid=AbC'],
  ['double braces, encoded', '?utm_id=%7B%7Bad.id%7D%7D&a=1', '?a=1'],
  ['Google’s braces', '?gclid={gclid}&a=1', '?a=1'],
  ['dollar', '?a=$%7BCLICK_ID%7D', ''],
  ['TikTok’s underscores', '?ttclid=__CLICKID__&utm_source=tt', '?utm_source=tt'],
  ['per cent signs', '?a=%%CLICK_URL%%&b=2', '?b=2'],
  ['square brackets', '?a=[CLICK_ID]', ''],
  ['a list and an object are no macros', '?ids=[1,2]&o={"a":1}', '?ids=[1,2]&o={"a":1}'],
  ['broken encoding stays as it is', '?a=%E0%A4%A&b', '?a=%E0%A4%A&b'],
  ['a question mark after # is not the query', '#/route?x={y}', '#/route?x={y}'],
])('page URL: %s', (_name, query, expected) => {
  expect(buildPageUrl(`${SITE}${query}#top`)).toBe(`${SITE}${expected}#top`);
});

test.each([
  ['no query', '', ''],
  ['nothing of ads', '?q=sapato&page=2', ''],
  ['UTMs and click ids, in their order', '?q=1&utm_source=fb&fbclid=AbC#x', 'utm_source=fb&fbclid=AbC'],
  [
    'every click id',
    '?gclid=1&gbraid=2&wbraid=3&ttclid=4&li_fat_id=5',
    'gclid=1&gbraid=2&wbraid=3&ttclid=4&li_fat_id=5',
  ],
  [
    'others',
    '?msclkid=1&kwai_click_id=2&click_id=3&clickid=4&twclid=5&epik=6',
    'msclkid=1&kwai_click_id=2&click_id=3&clickid=4&twclid=5&epik=6',
  ],
  ['an empty value is none', '?utm_source=&gclid=', ''],
])('touch: %s', (_name, query, expected) => {
  expect(buildTouch(SITE + query)).toBe(expected);
});
