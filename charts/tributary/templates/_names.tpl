{{- define "tributary.name" -}}
{{- if contains "tributary" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-tributary" (.Release.Name | trunc 40 | trimSuffix "-") }}{{ end }}
{{- end }}

{{- define "tributary.selector" -}}
app.kubernetes.io/name: tributary
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "tributary.labels" -}}
{{ include "tributary.selector" . }}
app.kubernetes.io/part-of: tributary
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{- /* An image by its parts; called with (list $ .Values.image). */ -}}
{{- define "tributary.image" -}}
{{- $chart := (index . 0).Chart }}{{ $image := index . 1 -}}
{{ printf "%s:%s" $image.repository ($image.tag | default $chart.AppVersion) }}
{{- end }}

{{- /* Where Kafka may be, as a JSON list; empty means the whole cluster. */ -}}
{{- define "tributary.kafkaNamespaces" -}}
{{ .Values.kafkaNamespaces | default .Values.watchNamespaces | default list | uniq | toJson }}
{{- end }}
