import { describe, expect, test } from 'vitest';
import { buildSignatures, buildWebhookSecret, isSigned, isWebhookSecret } from './standard-webhook.ts';

/** The specification's own vector. */
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const MESSAGE = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: '1614265330',
  body: '{"test": 2432232314}',
};
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';

describe('Standard Webhooks', () => {
  test('signs as the specification says', () => {
    expect(buildSignatures([SECRET], MESSAGE)).toBe(SIGNATURE);
  });

  test('believes any of the signatures, and any of the secrets', () => {
    const other = buildWebhookSecret();
    expect(isSigned(`v1a,xyz ${SIGNATURE}`, [SECRET], MESSAGE)).toBe(true);
    expect(isSigned(buildSignatures([other, SECRET], MESSAGE), [SECRET], MESSAGE)).toBe(true);
    expect(isSigned(SIGNATURE, [other, SECRET], MESSAGE)).toBe(true);
  });

  test.each([
    ['another body', SIGNATURE, { ...MESSAGE, body: '{"test": 2432232315}' }],
    ['another id', SIGNATURE, { ...MESSAGE, id: 'msg_x' }],
    ['another time', SIGNATURE, { ...MESSAGE, timestamp: '1614265331' }],
    ['another version', SIGNATURE.replace('v1,', 'v2,'), MESSAGE],
    ['no signature', '', MESSAGE],
  ])('does not believe %s', (_what, header, message) => {
    expect(isSigned(header, [SECRET], message)).toBe(false);
  });

  test.each([
    [SECRET, true],
    [buildWebhookSecret(), true],
    ['a text that is long enough', true],
    ['whsec_', false],
    ['whsec_not base64 at all!', false],
    ['whsec_AAAA', false],
    ['short', false],
  ])('%s is a secret: %s', (secret, isOne) => {
    expect(isWebhookSecret(secret)).toBe(isOne);
  });
});
