import { describe, expect, it } from 'vitest';
import { contentSchema } from './content.ts';
import { buildText, readTemplateText, type VariableValues } from './template-text.ts';

const NOBODY: VariableValues = {
  ...{ first_name: null, last_name: null, username: null, city: null, state: null, bot: null },
};

function build(source: string, values: Partial<VariableValues> = {}): string {
  const text = readTemplateText(source);
  if (text.kind === 'malformed') throw new Error(text.why);
  return buildText(text, { ...NOBODY, ...values });
}

describe('a text of a template', () => {
  it.each([
    ['Oi, {{first_name}}!', 'Oi, Ana!'],
    ['Oi, {{ first_name | amigo }}!', 'Oi, Ana!'],
    ['Oi, {{last_name|amigo}}!', 'Oi, amigo!'],
    ['Oi, {{last_name}}!', 'Oi, !'],
    [
      '<b>{{first_name}}</b> & <a href="https://x.example">cia</a>',
      '<b>Ana</b> & <a href="https://x.example">cia</a>',
    ],
    ['{{first_name}}{{first_name}}', 'AnaAna'],
    ['{{last_name|<b>}}', '&lt;b&gt;'],
  ])('%j', (source, expected) => {
    expect(build(source, { first_name: 'Ana' })).toBe(expected);
  });

  it('lets no name make markup, lines or a long message', () => {
    expect(build('{{first_name}}', { first_name: '<b>&{{bot}}' })).toBe('&lt;b&gt;&amp;{{bot}}');
    expect(build('{{first_name}}', { first_name: 'a\n\nb' })).toBe('a b');
    expect(build('{{first_name}}', { first_name: `${'x'.repeat(63)}😀` })).toBe(`${'x'.repeat(63)}\u{fffd}`);
  });

  it.each([
    ['{{firstname}}', 'There is no variable {{firstname}}'],
    ['{{}}', 'There is no variable {{}}'],
    ['Oi {{first_name', 'must enclose'],
    ['Oi }}', 'must enclose'],
    ['<a href="https://x.example/{{username}}">x</a>', 'inside a tag'],
    ['<b>x', '<b> is never closed'],
    ['x</b>', 'closes what is not open'],
    ['<b><i>x</b></i>', '</b> closes'],
    ['a<br>b', 'no <br>'],
    ['1 < 2', '&lt;'],
    ['<a>x</a>', 'href'],
    ['<b> </b>', 'empty'],
  ])('%j is refused', (source, why) => {
    expect(readTemplateText(source)).toMatchObject({ kind: 'malformed', why: expect.stringContaining(why) });
  });
});

describe('content', () => {
  const read = (content: object) => contentSchema.safeParse(content);
  const messagesOf = (content: object) =>
    read(content).error?.issues.map(({ path, message }) => [path.join('.'), message]);

  it('names the text that is wrong', () => {
    expect(messagesOf({ texts: { pt: 'x', en: '{{nome}}' } })).toEqual([
      ['texts.en', expect.stringContaining('There is no variable {{nome}}; there are first_name')],
    ]);
    expect(messagesOf({ texts: {} })).toEqual([['texts', 'needs pt or en']]);
  });

  it('keeps to Telegram’s limits whatever the people are called', () => {
    expect(read({ texts: { pt: 'x'.repeat(4096) } }).success).toBe(true);
    expect(read({ texts: { pt: `${'x'.repeat(4090)}{{first_name}}` } }).success).toBe(false);
    const picture_url = 'https://x.example/a.jpg';
    expect(read({ texts: { pt: 'x'.repeat(1024) }, picture_url }).success).toBe(true);
    expect(read({ texts: { pt: 'x'.repeat(1025) }, picture_url }).success).toBe(false);
    expect(read({ texts: { pt: 'x' }, picture_url: 'http://localhost/a.jpg' }).success).toBe(false);
  });
});
