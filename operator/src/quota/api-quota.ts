import type { ApiQuotaSpec, ApiQuotaStatus } from '@tributary/api';
import { APIQuotaResource, retype, type KubeObject } from '../kube/index.ts';

/** An APIQuota as the API server has it. */
export interface ApiQuota extends KubeObject {
  spec?: ApiQuotaSpec;
  status?: ApiQuotaStatus;
}

export const ApiQuotas = retype<ApiQuota>(APIQuotaResource);
