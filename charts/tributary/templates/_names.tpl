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

{{- /* Refuses what the chart itself says to the operator, since rights follow from its values; all else is the user's. */ -}}
{{- define "tributary.extraEnv" -}}
{{- $own := dict
  "TRIBUTARY_WATCH_NAMESPACES" "watchNamespaces"
  "TRIBUTARY_KAFKA_NAMESPACES" "kafkaNamespaces"
  "TRIBUTARY_KAFKA_ADMISSION" "kafkaAdmission"
  "TRIBUTARY_PRODUCER_IMAGE" "producer.image"
  "TRIBUTARY_CONSUMER_IMAGE" "consumer.image"
  "TRIBUTARY_PORT" "port"
  "TRIBUTARY_NOTEBOOKS_DIR" "notebooksDir"
  "TRIBUTARY_LEADER_ELECTION" "leaderElection"
  "TRIBUTARY_DATABRICKS_AUDIENCE" "databricks.federationAudience"
  "TRIBUTARY_LOG_LEVEL" "logLevel"
-}}
{{- $seen := dict -}}
{{- range .Values.extraEnv -}}
{{- if hasKey $own .name }}{{ fail (printf "extraEnv: %s is set by the chart: use its value %s" .name (get $own .name)) }}{{ end -}}
{{- if has .name (list "TRIBUTARY_BIND_ADDRESS" "TRIBUTARY_NAMESPACE" "TRIBUTARY_POD_NAME" "TRIBUTARY_RELEASE_FEEDS") }}{{ fail (printf "extraEnv: %s is set by the chart from the pod itself: remove it" .name) }}{{ end -}}
{{- if hasKey $seen .name }}{{ fail (printf "extraEnv: %s is there twice" .name) }}{{ end -}}
{{- $_ := set $seen .name true -}}
{{- end -}}
{{- with .Values.extraEnv }}{{ toYaml . }}{{ end -}}
{{- end }}

{{- /* Where Kafka may be, as a JSON list; empty means the whole cluster. */ -}}
{{- define "tributary.kafkaNamespaces" -}}
{{ .Values.kafkaNamespaces | default .Values.watchNamespaces | default list | uniq | toJson }}
{{- end }}
