import { expect, test } from 'vitest';
import { maskEmail, maskName, maskPhone } from './masking.ts';

test.each([
  [maskEmail('maria@empresa.com'), 'm***@empresa.com'],
  [maskEmail('no address'), '***'],
  [maskEmail('@empresa.com'), '***'],
  [maskPhone('+5511912345678'), '***5678'],
  [maskPhone('12345'), '***'],
  [maskName(' Maria  da Silva'), 'M*** d*** S***'],
  [maskName('𝒜na'), '𝒜***'],
])('%s is %s', (masked, expected) => {
  expect(masked).toBe(expected);
});
