import { type CrmLoop, createCrmLoop, runDueRows } from './crm-loop.ts';
import { type CrmWebhookReceipt, type ReceivedCrmWebhook, receiveWebhook } from './receive-webhook.ts';
import { type Reconciliation, reconcile } from './reconcile.ts';
import type { CrmRoomOptions, CrmRoomParts } from './room-parts.ts';
import { type ConnectionTest, testConnection } from './test-connection.ts';
import { createTokenStore } from './tokens.ts';

/** Connections to CRMs: leads out, stages in. */
export interface CrmRoom {
  /** Verifies and records; rejects when the database is away. */
  receiveWebhook(webhook: ReceivedCrmWebhook): Promise<CrmWebhookReceipt>;
  /** Null if there is no such connection. */
  testConnection(connectionId: string): Promise<ConnectionTest | null>;
  /** The address that a CRM is given; null for kinds that send nothing. */
  webhookUrl(connection: { readonly connectionId: string; readonly webhooks: string | null }): string | null;
  reconcile(options: {
    readonly which: 'all' | 'polled';
    readonly signal?: AbortSignal;
  }): Promise<Reconciliation>;
  /** Works off everything that is due now; returns how many rows were dealt with. */
  runDueRows(): Promise<number>;
  /** The loop of the worker. */
  loop(): CrmLoop;
}

/** Opens the room; several processes may have it open on one database. */
export function openCrmRoom(options: CrmRoomOptions): CrmRoom {
  const room: CrmRoomParts = { ...options, tokens: createTokenStore() };
  return {
    receiveWebhook: (webhook) => receiveWebhook(room, webhook),
    testConnection: (connectionId) => testConnection(room, connectionId),
    webhookUrl: ({ connectionId, webhooks }) => {
      if (webhooks === null) return null;
      const url = `${room.publicUrl}/webhooks/crm/${connectionId}`;
      return webhooks === 'signed' ? url : `${url}?key=${room.webhookKey(connectionId)}`;
    },
    reconcile: (question) => reconcile(room, question),
    runDueRows: () => runDueRows(room),
    loop: () => createCrmLoop(room),
  };
}
