import { openCrmBench } from './crm-bench.ts';
import type { CrmStage } from './crm-stage.ts';
import { startMailbox } from './mailbox.ts';
import { SILENT } from './stages.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** Any program with Standard Webhooks, played. */
export async function openWebhookStage(): Promise<CrmStage> {
  const vendor = await startWebhookReceiver({ secret: SECRET });
  const bench = await openCrmBench({
    kind: 'webhook',
    credentials: { secret: SECRET },
    settings: {
      url: `${vendor.url}/leads`,
      stage_map: { ganho: 'won', perdido: 'lost', quente: 'qualified' },
      field_map: { stage: 'deal.fase', value: 'deal.valor', email: 'cliente.email' },
    },
  });
  const deals = new Map<string, object>();
  const names = { qualified: 'Quente', won: 'Ganho', lost: 'Perdido' };
  const emails = new Map<string, string>();
  const at = () => ({ at: bench.clock.now() });
  return {
    bench,
    pushed: () => vendor.taken('lead.created').size,
    script: vendor.script,
    calm: vendor.calm,
    refuse: vendor.refuse,
    inbound: {
      makeDeal: (email) => {
        emails.set(email, email);
        return email;
      },
      dealOf: () => null,
      move: (dealId, to, amount) =>
        void deals.set(dealId, {
          type: 'deal.changed',
          deal: { fase: names[to], valor: amount },
          cliente: { email: emails.get(dealId) },
          event_id: `${dealId}-${to}`,
        }),
      tell: (dealId, manner = {}) =>
        vendor.tell(bench.webhookUrl, deals.get(dealId), {
          times: manner.times ?? 1,
          ...at(),
          ...(manner.forged ? { secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' } : {}),
        }),
      tellOther: () => vendor.tell(bench.webhookUrl, { type: 'invoice.paid' }, at()),
      tellTruncated: () => vendor.tell(bench.webhookUrl, '{"deal":{"fase":"Gan', at()),
    },
    close: async () => {
      await bench.close();
      await vendor.close();
    },
  };
}

/** A mailbox, played. */
export async function openEmailStage(): Promise<CrmStage & { mails(): readonly string[] }> {
  const mailbox = await startMailbox({ user: 'rastro', password: 'very-secret-password' });
  const bench = await openCrmBench({
    kind: 'email',
    credentials: { smtp_url: `smtp://rastro:very-secret-password@127.0.0.1:${mailbox.port}` },
    settings: { to: 'vendas@exemplo.com.br, chefe@exemplo.com.br', from: 'site@exemplo.com.br' },
  });
  return {
    bench,
    mails: () => mailbox.mails,
    pushed: () => mailbox.mails.filter((mail) => mail.includes('Novo lead')).length,
    script: () => undefined,
    calm: () => undefined,
    refuse: mailbox.refuse,
    inbound: { makeDeal: () => '', dealOf: () => null, move: () => undefined, ...SILENT },
    close: async () => {
      await bench.close();
      await mailbox.close();
    },
  };
}
