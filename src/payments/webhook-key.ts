import { createHmac } from 'node:crypto';

/** The secret of one gateway account's webhooks, drawn from SECRET_KEY so that it need not be stored. */
export function buildWebhookKey(options: { readonly secretKey: string; readonly accountId: string }): string {
  return createHmac('sha256', options.secretKey)
    .update(`rastro webhook key ${options.accountId}`)
    .digest('base64url');
}
