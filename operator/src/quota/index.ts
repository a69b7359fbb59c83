export { ApiQuotas, type ApiQuota } from './api-quota.ts';
export { quotaOf } from './claims.ts';
export { Quotas } from './quotas.ts';
export { QuotaReconciler } from './quota-reconciler.ts';
