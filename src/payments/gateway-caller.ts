import type { HttpRequest, HttpResponse } from '../domain/http-message.ts';
import type { Gateway, GatewayClient } from '../gateways/gateway.ts';
import { findGateway } from '../gateways/registry.ts';
import { SANDBOX_URL } from '../gateways/sandbox.ts';
import type { Outbound, OutboundResult } from '../io/outbound.ts';
import type { GatewayAccount, Registry } from '../settings/types.ts';

/** An account that can be used, or why it cannot. */
export type AccountOpening =
  | {
      readonly kind: 'open';
      readonly account: GatewayAccount;
      readonly gateway: Gateway;
      readonly client: GatewayClient;
    }
  | { readonly kind: 'closed'; readonly reason: string };

/** Speaks to the gateways: opens accounts and sends requests. */
export interface GatewayCaller {
  open(accountId: string): AccountOpening;
  /** Never rejects. */
  send(request: HttpRequest, timeoutMs: number): Promise<OutboundResult>;
}

/** What the caller needs; see `PaymentRoomOptions`. */
interface CallerOptions {
  readonly registry: Registry;
  readonly outbound: Outbound;
  readonly gatewayBases: Readonly<Record<string, string | undefined>>;
  readonly webhookKey: (accountId: string) => string;
}

/** Makes the caller; what is addressed to the sandbox is answered by `sandbox`, the rest goes out. */
export function createGatewayCaller(
  options: CallerOptions,
  sandbox: (request: HttpRequest) => Promise<HttpResponse>,
): GatewayCaller {
  return {
    open: (accountId) => openAccount(options, accountId),
    send: (request, timeoutMs) =>
      request.url.startsWith(`${SANDBOX_URL}/`)
        ? askSandbox(sandbox, request)
        : options.outbound.send(request, { timeoutMs, trust: 'vendor' }),
  };
}

function openAccount(options: CallerOptions, accountId: string): AccountOpening {
  const account = options.registry.account(accountId);
  if (!account) return { kind: 'closed', reason: 'the gateway account was removed or switched off' };
  const gateway = findGateway(account.gateway);
  if (!gateway) return { kind: 'closed', reason: `there is no gateway ${account.gateway}` };
  const opening = gateway.open({
    credentials: account.credentials,
    baseUrl: options.gatewayBases[gateway.id] ?? gateway.baseUrl,
    webhookKey: options.webhookKey(accountId),
  });
  return opening.kind === 'open'
    ? { kind: 'open', account, gateway, client: opening.client }
    : { kind: 'closed', reason: opening.reason };
}

async function askSandbox(
  sandbox: (request: HttpRequest) => Promise<HttpResponse>,
  request: HttpRequest,
): Promise<OutboundResult> {
  const startedAt = performance.now();
  const response = await sandbox(request);
  return { kind: 'answer', response, durationMs: Math.round(performance.now() - startedAt) };
}
