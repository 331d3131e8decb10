import { describe, expect, test } from 'vitest';
import { hashIdentity, isHashed, readEmail, readName, readPhone, withoutAccents } from './identity.ts';
import { readBrazilianState } from './identity-brazil.ts';

describe('readPhone', () => {
  test.each([
    ['(11) 91234-5678', '5511912345678'],
    ['11 1234-5678', '551112345678'],
    ['011 91234-5678', '5511912345678'],
    ['+55 (11) 91234-5678', '5511912345678'],
    ['55 11 91234-5678', '5511912345678'],
    ['005511912345678', '5511912345678'],
    ['+55 11 1234-5678', '551112345678'],
    ['+1 (616) 954-78 88', '16169547888'],
    ['+001 (616) 954-78 88', '16169547888'],
    ['+44 20 7946 0958', '442079460958'],
    ['+1-555-123-4567 ext. 123', '15551234567'],
    ['(11) 91234-5678 ramal 12', '5511912345678'],
  ])('%s is %s', (text, digits) => {
    expect(readPhone(text)).toBe(digits);
  });

  test.each([
    ['20 91234-5678', 'no Brazilian area code is 20'],
    ['11 81234-5678', 'eleven digits whose third is not a 9'],
    ['1 650 555 1212', 'a country code without a plus sign cannot be told from an area code'],
    ['91234-5678', 'no area code'],
    ['0000', 'nothing but zeros'],
    ['', 'nothing'],
    ['+1234567890123456', 'longer than any phone'],
  ])('%s is no phone: %s', (text) => {
    expect(readPhone(text)).toBeNull();
  });
});

test.each([
  [' Joao.Silva+promo@Gmail.com ', 'joao.silva+promo@gmail.com'],
  ['user.name+tag@domain.co.uk', 'user.name+tag@domain.co.uk'],
  ['not-an-email', null],
  ['@example.com', null],
  ['a@b', null],
  ['a b@example.com', null],
])('e-mail %s is %s', (text, email) => {
  expect(readEmail(text)).toBe(email);
});

test.each([
  ['Mary-Jane', 'maryjane'],
  ['Van  Der Berg', 'van der berg'],
  ['St. Mary, Jr.', 'st mary jr'],
  ['Vale\u0301ry', 'val\u00e9ry'],
  ['정', '정'],
  ['Владимир', 'владимир'],
  ['!!!', null],
])('name %s is %s', (text, name) => {
  expect(readName(text)).toBe(name);
});

test.each([
  ['SP', 'SP'],
  [' mg ', 'MG'],
  ['Minas Gerais', 'MG'],
  ['sao paulo', 'SP'],
  ['Ceará', 'CE'],
  ['California', null],
])('state %s is %s', (text, state) => {
  expect(readBrazilianState(text)).toBe(state);
});

test('accents go and letters stay', () => {
  expect(withoutAccents('são josé do açaí')).toBe('sao jose do acai');
});

test('a hash is known for one', () => {
  expect(isHashed(hashIdentity('a'))).toBe(true);
  expect(isHashed('a')).toBe(false);
});
