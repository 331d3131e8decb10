import type { FixedWords } from './fixed-words.ts';

/** The fixed words of a trace in Brazilian Portuguese. */
export const PORTUGUESE_WORDS: FixedWords = {
  click: {
    noMarks: 'O link não trazia nenhum id de clique nem UTM: por ele não dá para saber qual foi o anúncio.',
    fbc: {
      none: 'Sem fbc: o link não tinha fbclid e o navegador não tinha o cookie _fbc.',
      generated: 'O fbc foi gerado a partir do fbclid na hora do clique.',
      cookie: 'O fbc é o cookie _fbc do próprio navegador.',
    },
    missing: {
      address: 'O endereço IP não foi capturado.',
      userAgent: 'O user agent não foi capturado.',
      both: 'Nem o endereço IP nem o user agent foram capturados.',
    },
    botReasons: {
      no_user_agent: 'não mandou user agent',
      short_user_agent: 'o user agent é curto demais',
      declared_bot: 'o próprio user agent diz que é um robô',
      user_agent_shape: 'nenhum navegador tem um user agent assim',
      headless_hint: 'é um navegador sem janela',
      burst: 'vieram cliques demais de uma vez do mesmo endereço',
      no_accept_language: 'não informou o idioma',
      no_fetch_metadata: 'não mandou os cabeçalhos Sec-Fetch',
      hints_disagree: 'o que o navegador informa contradiz o user agent',
      datacenter: 'o endereço é de um data center',
    },
    consents: { granted: 'dado', denied: 'negado', pending: 'aguardando a escolha' },
    newFbp: '_fbp, que o clique não tinha trazido',
    chosen: {
      granted: 'A pessoa aceitou anúncios: os eventos que esperavam podem sair.',
      denied: 'A pessoa recusou anúncios: nada é enviado às plataformas de anúncios.',
    },
  },
  bot: {
    outcomes: {
      matched_token: 'Ligado ao clique pelo código do link de start.',
      matched_fbclid: 'Ligado ao clique mais recente com o fbclid do link de start.',
      matched_known_fbclid:
        'O link de start não indicava nenhum clique; ligado pelo fbclid que esta pessoa já tinha trazido antes.',
      unknown_token:
        'Sem ligação: o código do link de start não é de nenhum clique que tenha sido capturado.',
      foreign_token: 'Sem ligação: o código do link de start não é deste workspace.',
      unknown_fbclid: 'Sem ligação: nenhum clique com o fbclid do link de start foi capturado.',
      unknown_payload: 'Sem ligação: o link de start traz algo que não é um código de clique nem um fbclid.',
      no_payload:
        'Sem ligação: um /start puro, sem nada vindo de um link. A pessoa achou o bot sozinha ou digitou o comando.',
    },
    states: {
      sent: 'Enviada.',
      unknown: 'O Telegram foi chamado e a resposta não é conhecida: a pessoa pode ter recebido.',
      failed: 'Não enviada.',
      skipped: 'A pessoa ficou de fora.',
    },
    reasons: {
      opted_out: 'a pessoa não quer receber mensagens assim',
      blocked: 'a pessoa bloqueou o bot',
      bot: 'parece um programa, não uma pessoa',
      suspicious: 'pessoa suspeita',
      campaign: 'outra mensagem da mesma campanha chega à pessoa',
      stopped: 'o envio foi encerrado antes',
      erased: 'os dados da pessoa foram apagados',
      no_chat: 'o bot não pode escrever nesta conversa',
      refused: 'o Telegram recusa a mensagem',
      bot_off: 'o bot foi removido ou desligado',
      telegram_away: 'não foi possível falar com o Telegram',
      no_answer: 'não veio resposta',
      lost: 'o processo terminou antes de anotar a resposta',
      fault: 'uma falha deste programa, explicada no log dele',
      wait: 'o Telegram pede que o bot espere',
      unauthorized: 'o Telegram recusa o token do bot',
    },
  },
  payment: {
    attributed: 'Atribuída ao clique a que o start mais recente desta pessoa foi ligado.',
    notAttributed:
      'Não atribuída: na hora da compra, nenhum start desta pessoa tinha sido ligado a um clique; veja os starts anteriores.',
    pageOpened:
      'A página de entrega foi aberta; o Purchase do navegador leva o mesmo id de evento que o do servidor.',
    statuses: {
      pending: 'aguardando',
      paid: 'paga',
      expired: 'expirada',
      refunded: 'devolvida',
      failed: 'não criada',
    },
    causes: {
      charge: 'quando a cobrança foi criada',
      webhook: 'depois de um webhook, confirmado com uma consulta ao gateway',
      check: 'na consulta periódica ao gateway',
      delivery_page: 'quando a página de entrega foi aberta',
      button: 'quando a pessoa apertou “Já paguei”',
      simulate: 'por uma simulação no sandbox',
      expiry: 'porque o prazo acabou',
    },
  },
  lead: {
    noVisit: 'A visita dele não é conhecida.',
    noTouch: 'O visitante chegou sem nenhuma marca de anúncio.',
    byImport: 'Informado por uma importação de leads.',
    original: 'É a esta origem que o lead é atribuído.',
    stages: {
      new: 'novo',
      qualified: 'qualificado',
      proposal: 'proposta',
      negotiation: 'negociação',
      won: 'ganho',
      lost: 'perdido',
    },
    crmStatuses: { due: 'na fila', success: 'sucesso', ignored: 'ignorado', failed: 'falhou' },
  },
  conversion: {
    events: {
      page_view: 'página vista (page_view)',
      view_content: 'start no bot (view_content)',
      initiate_checkout: 'cobrança criada (initiate_checkout)',
      purchase: 'compra (purchase)',
      won: 'negócio ganho (won)',
    },
    waitsForConsent: 'Espera o consentimento da pessoa.',
    states: { sent: 'foi concluído', failed: 'falhou', skipped: 'foi deixado de fora' },
  },
};
