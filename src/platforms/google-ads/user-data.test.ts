import { expect, test } from 'vitest';
import { hashE164, hashEmail } from '../../domain/contact-forms.ts';
import { hashIdentity } from '../../domain/identity.ts';
import {
  readFamilyName,
  readGivenName,
  readGoogleEmail,
  readPostalCode,
  readRegionCode,
} from './user-data.ts';

test.each([
  ['  ALEXZ@example.com   ', 'alexz@example.com'],
  ['user.name+NYC@Example.com', 'user.name+nyc@example.com'],
  ['j.e.f..ferson.Loves.hiking@gmail.com', 'jeffersonloveshiking@gmail.com'],
  ['jefferson.Loves.hiking@googlemail.com', 'jeffersonloveshiking@googlemail.com'],
  ['Cloudy.SanFrancisco+shopping@gmail.com', 'cloudysanfrancisco@gmail.com'],
  ['@example.com', null],
  ['...@gmail.com', null],
  ['+x@gmail.com', null],
])('e-mail %s is %s', (text, email) => {
  expect(readGoogleEmail(text)).toBe(email);
});

test.each([
  [' Quinn, Jr.   ', 'quinn'],
  ['Quinn-Alex', 'quinn-alex'],
  ['Silva Jr. PhD', 'silva'],
  [' ', null],
])('family name %s is %s', (text, name) => {
  expect(readFamilyName(text)).toBe(name);
});

test.each([
  ['Dr. João', 'joão'],
  ['Mrs.', null],
  ['Drew', 'drew'],
])('given name %s is %s', (text, name) => {
  expect(readGivenName(text)).toBe(name);
});

test('regions and postal codes go in clear', () => {
  expect([readRegionCode('  us  '), readRegionCode(' usa ')]).toEqual(['US', null]);
  expect([readPostalCode('  1229-076  '), readPostalCode('  ')]).toEqual(['1229-076', null]);
});

test('the same phone has another hash at Meta than at Google and TikTok', () => {
  const e164 = '195563c1d879cb1564e2cdd6d89363ecb1f091ac0eeac094760f06139eae6077';
  expect(hashE164('+55 (11) 91234-5678')).toBe(e164);
  expect(hashE164('(11) 91234-5678')).toBe(e164);
  expect(hashE164('20 91234-5678')).toBeNull();
  expect(hashIdentity('5511912345678')).not.toBe(e164);
});

test('a hash is passed on as it is', () => {
  const hash = hashIdentity('a@example.com');
  expect(hashEmail(hash.toUpperCase())).toBe(hash);
  expect([hashEmail(null), hashEmail('none')]).toEqual([null, null]);
});
