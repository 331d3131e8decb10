import { buildMoneyText } from '../../domain/money.ts';
import type { SandboxCharge } from '../../payments/sandbox-psp.ts';
import type { PageSetting } from './delivery.ts';
import { escapeHtml } from './escape.ts';
import { BACK, MARK, RING, TICK } from './icons.ts';
import { localeOf } from './language.ts';
import { buildPage } from './layout.ts';

const TEXTS = {
  pt: {
    note: 'SANDBOX: cobrança de teste, nenhum dinheiro de verdade.',
    created: ['Cobrança aguardando pagamento', 'Aqui você faz o papel do banco de quem compra.'],
    paid: ['Cobrança paga', 'Volte ao chat: o link de acesso chega lá.'],
    expired: ['Cobrança expirada', 'Um pagamento atrasado ainda pode acontecer, como na vida real.'],
    refunded: ['Cobrança devolvida', 'O dinheiro de teste voltou para quem pagou.'],
    unknown: ['Cobrança não encontrada', 'Confira se o link está completo.'],
    pay: 'Pagar',
    payLate: 'Pagar com atraso',
    expire: 'Deixar expirar',
    refund: 'Devolver',
    code: 'PIX copia e cola',
    picture: 'QR Code do PIX de teste',
  },
  en: {
    note: 'SANDBOX: a test charge, no real money.',
    created: ['Charge waiting for payment', 'Here you play the part of the buyer’s bank.'],
    paid: ['Charge paid', 'Go back to the chat: the access link arrives there.'],
    expired: ['Charge expired', 'A late payment can still happen, as it does in real life.'],
    refunded: ['Charge refunded', 'The test money went back to the payer.'],
    unknown: ['Charge not found', 'Check that the link is complete.'],
    pay: 'Pay',
    payLate: 'Pay late',
    expire: 'Let it expire',
    refund: 'Refund',
    code: 'PIX copy and paste',
    picture: 'QR code of the test PIX',
  },
} as const;

const MARKS = {
  created: `<div class="mark">${RING}</div>`,
  paid: `<div class="mark good">${TICK}</div>`,
  expired: `<div class="mark warn">${MARK}</div>`,
  refunded: `<div class="mark warn">${BACK}</div>`,
  unknown: `<div class="mark warn">${MARK}</div>`,
} as const;

/** The sandbox's page of a charge, with buttons for what may happen to it; `qrPng` is shown while it can be paid. */
export function buildSandboxPage(
  charge: SandboxCharge | null,
  qrPng: Buffer | null,
  setting: PageSetting,
): string {
  const texts = TEXTS[setting.language];
  const kind = charge?.status ?? 'unknown';
  const [title, text] = texts[kind];
  const intro = `${MARKS[kind]}<h1>${title}</h1><p class="soft">${text}</p>`;
  const body = charge ? `${intro}${buildCharge(charge, qrPng, setting)}` : intro;
  return buildPage({ ...setting, title: `SANDBOX · ${title}`, body, simulatedNote: texts.note });
}

function buildCharge(charge: SandboxCharge, qrPng: Buffer | null, { language }: PageSetting): string {
  const texts = TEXTS[language];
  const price = buildMoneyText({ cents: charge.amountCents, currency: 'BRL' }, localeOf(language));
  const amount = `<p class="amount">${escapeHtml(price)}</p>`;
  const button = (event: string, label: string, style: string) =>
    `<form method="post" action="/sandbox/charges/${encodeURIComponent(charge.chargeId)}/${event}"><button class="button${style}">${label}</button></form>`;
  switch (charge.status) {
    case 'created':
      return `${amount}${buildCode(charge, qrPng, texts)}${button('paid', texts.pay, '')}${button('expired', texts.expire, ' plain')}`;
    case 'expired':
      return `${amount}${button('paid', texts.payLate, ' plain')}`;
    case 'paid':
      return `${amount}${button('refunded', texts.refund, ' plain')}`;
    case 'refunded':
      return amount;
  }
}

function buildCode(
  charge: SandboxCharge,
  qrPng: Buffer | null,
  texts: { readonly code: string; readonly picture: string },
): string {
  const picture = qrPng
    ? `<img class="qr" width="640" height="640" alt="${texts.picture}" src="data:image/png;base64,${qrPng.toString('base64')}">`
    : '';
  return `${picture}<p class="soft">${texts.code}<code class="code">${escapeHtml(charge.copyPaste)}</code></p>`;
}
