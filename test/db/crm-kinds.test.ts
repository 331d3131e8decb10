import { describeCrm } from '../crm-suite/crm-suite.ts';
import { openEmailStage, openWebhookStage } from '../crm-suite/plain-stages.ts';
import {
  openHubspotStage,
  openPipedriveStage,
  openRdStationStage,
  openSalesforceStage,
} from '../crm-suite/stages.ts';

describeCrm('webhook', openWebhookStage);
describeCrm('hubspot', openHubspotStage);
describeCrm('pipedrive', openPipedriveStage);
describeCrm('rdstation', openRdStationStage);
describeCrm('salesforce', openSalesforceStage);
describeCrm('email', openEmailStage);
