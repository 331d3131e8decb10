import type { VendorFault } from '../../src/simulators/vendor-server.ts';
import { describeCrm } from '../crm-suite/crm-suite.ts';
import { openEmailStage, openWebhookStage } from '../crm-suite/plain-stages.ts';
import {
  openHubspotStage,
  openPipedriveStage,
  openRdStationStage,
  openSalesforceStage,
} from '../crm-suite/stages.ts';

const refusal = (body: string): VendorFault => ({ kind: 'answer', status: 400, body });
const called = { isCalled: true, hasWebhooks: true, isAsked: true, hasAmounts: true };

describeCrm('webhook', { ...called, isAsked: false }, openWebhookStage);
describeCrm(
  'hubspot',
  {
    ...called,
    errorInBody: '{"status":"COMPLETE","results":[],"numErrors":1,"errors":[{"message":"INVALID_EMAIL"}]}',
    rejection: refusal('{"status":"error","message":"Property values were not valid"}'),
  },
  openHubspotStage,
);
describeCrm(
  'pipedrive',
  {
    ...called,
    errorInBody: '{"success":false,"error":"Deal limit reached"}',
    rejection: refusal('{"success":false,"error":"Name must be given."}'),
  },
  openPipedriveStage,
);
describeCrm(
  'rdstation',
  {
    ...called,
    hasAmounts: false,
    errorInBody: '{"errors":{"error_type":"INVALID_FORMAT","error_message":"no"}}',
    rejection: refusal('{"errors":{"error_type":"INVALID_FORMAT","error_message":"no"}}'),
  },
  openRdStationStage,
);
describeCrm(
  'salesforce',
  {
    ...called,
    hasWebhooks: false,
    errorInBody: '{"id":null,"success":false,"errors":[{"message":"duplicate value found"}]}',
    rejection: refusal('[{"errorCode":"STRING_TOO_LONG","message":"data value too large"}]'),
  },
  openSalesforceStage,
);
describeCrm(
  'email',
  { isCalled: false, hasWebhooks: false, isAsked: false, hasAmounts: false },
  openEmailStage,
);
