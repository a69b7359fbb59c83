{{- /* What the operator does where feeds are. */ -}}
{{- define "tributary.feedRules" -}}
- apiGroups: [tributary.dev]
  resources: [streamsources]
  verbs: [get, list, watch, update, patch]
- apiGroups: [tributary.dev]
  resources: [streamsources/status, apiquotas/status]
  verbs: [get, update, patch]
- apiGroups: [tributary.dev]
  resources: [streamsources/finalizers]
  verbs: [update]
- apiGroups: [tributary.dev]
  resources: [apiquotas]
  verbs: [get, list, watch]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [""]
  resources: [configmaps, secrets, persistentvolumeclaims]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [monitoring.coreos.com]
  resources: [podmonitors]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch]
- apiGroups: ["", events.k8s.io]
  resources: [events]
  verbs: [create, update, patch]
{{- if .Values.databricks.federationAudience }}
{{- if not (or .Values.watchNamespaces .Values.databricks.federateEverywhere) }}{{ fail "databricks.federationAudience: the operator could make tokens of every service account of the cluster, kube-system's included: list watchNamespaces, or accept it by databricks.federateEverywhere=true" }}{{ end }}
- apiGroups: [""]
  resources: [serviceaccounts/token]
  verbs: [create]
{{- end }}
{{- end }}

{{- /* What it does where Kafka is: topics and users are its own, everything else it only reads. */ -}}
{{- define "tributary.kafkaRules" -}}
- apiGroups: [kafka.strimzi.io]
  resources: [kafkas]
  verbs: [get, list, watch]
- apiGroups: [kafka.strimzi.io]
  resources: [kafkatopics, kafkausers]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch]
{{- end }}

{{- /* Grants rules to the operator, in one namespace or in all; called with (dict "root" $ "name" … "rules" … "namespace" …). */ -}}
{{- define "tributary.grant" -}}
{{- $name := printf "%s-%s" (include "tributary.name" .root) .name -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ if .namespace }}Role{{ else }}ClusterRole{{ end }}
metadata:
  name: {{ $name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "tributary.labels" .root | nindent 4 }}
rules:
  {{- .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ if .namespace }}RoleBinding{{ else }}ClusterRoleBinding{{ end }}
metadata:
  name: {{ $name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "tributary.labels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ if .namespace }}Role{{ else }}ClusterRole{{ end }}
  name: {{ $name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "tributary.name" .root }}
    namespace: {{ .root.Release.Namespace }}
{{- end }}

{{- /* Where the operator itself runs: the lease of its leader, and events about it. */ -}}
{{- define "tributary.leaderRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, create, update, patch]
- apiGroups: ["", events.k8s.io]
  resources: [events]
  verbs: [create, update, patch]
{{- end }}
