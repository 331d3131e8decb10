import { describe, expect, it } from 'vitest';
import { readSubject } from './read-subject.ts';

describe('whom a request is about', () => {
  it.each([
    [' Ana@Example.com ', { kind: 'email', value: 'ana@example.com' }],
    ['email:ana@example.com', { kind: 'email', value: 'ana@example.com' }],
    ['+55 (11) 99999-8888', { kind: 'phone', value: '5511999998888' }],
    ['(11) 99999-8888', { kind: 'phone', value: '5511999998888' }],
    ['phone:11999998888', { kind: 'phone', value: '5511999998888' }],
    ['11999998888', { kind: 'digits', telegram: '11999998888', phone: '5511999998888' }],
    ['123456789', { kind: 'telegram', value: '123456789' }],
    ['telegram:11999998888', { kind: 'telegram', value: '11999998888' }],
    ['telegram:ana', null],
    ['phone:12', null],
    ['ana@example.com 5511999998888', null],
    ['call 5511999998888', null],
    ['ana', null],
    ['', null],
  ])('%s', (text, expected) => {
    expect(readSubject(text)).toEqual(expected);
  });
});
