import type { FixedWords } from './fixed-words.ts';

/** The fixed words of a trace in English. */
export const ENGLISH_WORDS: FixedWords = {
  click: {
    noMarks: 'The link carried no click id and no UTM: the ad cannot be told from it.',
    fbc: {
      none: 'No fbc: the link had no fbclid and the browser no _fbc cookie.',
      generated: 'fbc was made from the fbclid at the time of the click.',
      cookie: 'fbc is the browser’s own _fbc cookie.',
    },
    missing: {
      address: 'No address was captured.',
      userAgent: 'No user agent was captured.',
      both: 'No address and no user agent was captured.',
    },
    botReasons: {
      no_user_agent: 'it sent no user agent',
      short_user_agent: 'its user agent is too short',
      declared_bot: 'its user agent says so',
      user_agent_shape: 'no browser has such a user agent',
      headless_hint: 'a browser without a window',
      burst: 'too many clicks at once from its address',
      no_accept_language: 'it sent no language',
      no_fetch_metadata: 'it sent no fetch metadata',
      hints_disagree: 'its hints disagree with its user agent',
      datacenter: 'its address is a data centre’s',
    },
    consents: { granted: 'granted', denied: 'denied', pending: 'pending' },
    newFbp: '_fbp, which the click had not brought',
    chosen: {
      granted: 'The person agreed to ads: events that waited may go.',
      denied: 'The person refused ads: nothing is sent to ad platforms.',
    },
  },
  bot: {
    outcomes: {
      matched_token: 'Joined to the click by the token in the start link.',
      matched_fbclid: 'Joined to the newest click with the fbclid of the start link.',
      matched_known_fbclid:
        'The start link named no click; joined by the fbclid that this person had brought before.',
      unknown_token: 'Not joined: the start link’s token belongs to no click that was ever captured.',
      foreign_token: 'Not joined: the start link’s token is not of this workspace.',
      unknown_fbclid: 'Not joined: no click with the start link’s fbclid was captured.',
      unknown_payload: 'Not joined: the start link carries something that is neither a token nor an fbclid.',
      no_payload:
        'Not joined: a bare /start, without anything from a link. The person found the bot by itself or typed the command.',
    },
    states: {
      sent: 'Sent.',
      unknown: 'Telegram was called and its answer is not known: the person may have it.',
      failed: 'Not sent.',
      skipped: 'Left out.',
    },
    reasons: {
      opted_out: 'the person does not want such messages',
      blocked: 'the person has blocked the bot',
      bot: 'it looks like a program, not a person',
      suspicious: 'suspicious',
      campaign: 'another broadcast of the same campaign reaches the person',
      stopped: 'the broadcast was stopped first',
      erased: 'the person was erased',
      no_chat: 'the bot cannot write to this chat',
      refused: 'Telegram refuses the message',
      bot_off: 'the bot was removed or switched off',
      telegram_away: 'Telegram could not be reached',
      no_answer: 'no answer came',
      lost: 'the worker ended before it could record the answer',
      fault: 'a fault of this program, which its log tells',
      wait: 'Telegram asks the bot to wait',
      unauthorized: 'Telegram refuses the bot’s token',
    },
  },
  payment: {
    attributed: 'Attributed to the click that the person’s newest matched start came from.',
    notAttributed:
      'Not attributed: when they bought, none of this person’s starts had found a click; see the starts before.',
    pageOpened:
      'The delivery page was opened; the browser’s Purchase carries the same event id as the server’s.',
    statuses: {
      pending: 'pending',
      paid: 'paid',
      expired: 'expired',
      refunded: 'refunded',
      failed: 'failed',
    },
    causes: {
      charge: 'when the charge was made',
      webhook: 'after a webhook, and confirmed by asking the gateway',
      check: 'when the gateway was asked by the clock',
      delivery_page: 'when the delivery page was opened',
      button: 'when the person pressed “I have paid”',
      simulate: 'by a simulation in the sandbox',
      expiry: 'because its time ran out',
    },
  },
  lead: {
    noVisit: 'Its visit is not known.',
    noTouch: 'The visitor came without any mark of an ad.',
    byImport: 'Told by an import of leads.',
    original: 'This is the touch that the lead is attributed to.',
    stages: {
      new: 'new',
      qualified: 'qualified',
      proposal: 'proposal',
      negotiation: 'negotiation',
      won: 'won',
      lost: 'lost',
    },
    crmStatuses: { due: 'due', success: 'success', ignored: 'ignored', failed: 'failed' },
  },
  conversion: {
    events: {
      page_view: 'page_view',
      view_content: 'view_content',
      initiate_checkout: 'initiate_checkout',
      purchase: 'purchase',
      won: 'won',
    },
    waitsForConsent: 'It waits for the person’s consent.',
    states: { sent: 'sent', failed: 'failed', skipped: 'skipped' },
  },
};
