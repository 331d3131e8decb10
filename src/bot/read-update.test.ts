import type { Update } from 'grammy/types';
import { describe, expect, it } from 'vitest';
import { readUpdate } from './read-update.ts';

const from = { id: 700100, is_bot: false, first_name: 'Pessoa', language_code: 'pt-br' };
const chat = { id: 700100, type: 'private' as const, first_name: 'Pessoa' };
const person = {
  userId: 700100,
  chatId: 700100,
  username: null,
  firstName: 'Pessoa',
  lastName: null,
  languageCode: 'pt-br',
};

const ID = '0190a000-0000-7000-8000-000000000001';

/** Updates come from the network: a test may leave out what a real one would have. */
const update = (part: object): Update => ({ update_id: 1, ...part });
const message = (text: string | undefined, more: object = {}) =>
  update({ message: { message_id: 1, date: 1, chat, from, text, ...more } });

describe('readUpdate', () => {
  it.each([
    ['/start', null],
    ['/start 0123456789abcdef0123456789abcdef', '0123456789abcdef0123456789abcdef'],
    ['/start@nosso_bot abc', 'abc'],
    ['/start   abc  ', 'abc'],
  ])('reads %j as a start', (text, payload) => {
    expect(readUpdate(message(text))).toEqual({ kind: 'start', person, payload });
  });

  it.each(['oi', '/startled', ' /start', undefined])('reads %j as a text', (text) => {
    expect(readUpdate(message(text)).kind).toBe('text');
  });

  it.each([
    ...['/stop', '/sair', '/parar', '/STOP@nosso_bot', 'sair', ' Parar! ', 'stop'].map((text) => [
      text,
      false,
    ]),
    ...['/receber', '/receber@nosso_bot', '/subscribe'].map((text) => [text, true]),
  ])('reads %j as a wish', (text, wants) => {
    expect(readUpdate(message(String(text)))).toEqual({ kind: 'wish', person, wants });
  });

  it.each(['/stopped', 'quero parar de fumar', 'receber', '/start sair'])('reads %j as no wish', (text) => {
    expect(readUpdate(message(text)).kind).not.toBe('wish');
  });

  it('ignores groups, other bots and updates of other kinds', () => {
    expect(readUpdate(message('/start', { chat: { id: -1, type: 'group', title: 'g' } })).kind).toBe(
      'ignored',
    );
    expect(readUpdate(message('/start', { from: { ...from, is_bot: true } })).kind).toBe('ignored');
    expect(readUpdate(update({ poll: {} })).kind).toBe('ignored');
  });

  it.each([
    [`buy:${ID}`, { kind: 'buy', productId: ID }],
    [`paid:${ID}`, { kind: 'paid', paymentId: ID }],
    [`off:${ID}`, { kind: 'wish', wants: false, broadcastId: ID }],
    [`on:${ID}`, { kind: 'wish', wants: true, broadcastId: ID }],
    ['off:', { kind: 'unknown' }],
    ['buy:abc', { kind: 'unknown' }],
    [`sell:${ID}`, { kind: 'unknown' }],
    ['buy:', { kind: 'unknown' }],
    ['', { kind: 'unknown' }],
  ])('reads the button %j', (data, press) => {
    const query = { id: '9', from, chat_instance: 'x', data, message: { message_id: 1, date: 1, chat } };
    expect(readUpdate(update({ callback_query: query }))).toEqual({
      kind: 'press',
      person,
      queryId: '9',
      press,
    });
  });

  it.each([
    ['kicked', true],
    ['member', false],
  ])('reads that the person made the bot a %s', (status, isBlocked) => {
    const change = { chat, from, date: 1, new_chat_member: { status, user: from } };
    expect(readUpdate(update({ my_chat_member: change }))).toEqual({ kind: 'blocked', person, isBlocked });
  });

  it.each([
    ['null', null],
    ['a text', 'x'],
    ['parts of other kinds', { message: { chat: 5, from: 'x', text: { a: 1 } } }],
    ['a button without words', { callback_query: { id: '1', from: { id: 'x' }, data: 5 } }],
    ['an id that is no id', { message: { chat, from: { ...from, id: 1e30 }, text: '/start' } }],
  ])('ignores %s', (_what, broken) => {
    expect(readUpdate(broken).kind).toBe('ignored');
  });

  it('takes a payload that cannot be stored for a text', () => {
    expect(readUpdate(message('/start a\u0000b')).kind).toBe('text');
  });
});
