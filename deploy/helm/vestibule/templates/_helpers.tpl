{{- define "vestibule.name" -}}
{{- if contains "vestibule" .Release.Name -}}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{- else -}}{{ printf "%s-vestibule" .Release.Name | trunc 50 | trimSuffix "-" }}{{- end -}}
{{- end -}}

{{- define "vestibule.selector" -}}
app.kubernetes.io/name: vestibule
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "vestibule.labels" -}}
{{ include "vestibule.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "vestibule.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "vestibule.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "vestibule.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* Secrets are files, not variables: variables are shown by `kubectl describe` of whoever copies them, and end in dumps. */}}
{{- define "vestibule.secretVolume" -}}
- name: secrets
  secret:
    secretName: {{ required "secret.name" .Values.secret.name }}
    defaultMode: 0440
{{- end -}}

{{- define "vestibule.secretEnv" -}}
- { name: VESTIBULE_DATABASE_URL_FILE, value: /run/secrets/vestibule/{{ .Values.secret.databaseUrl }} }
- { name: VESTIBULE_SECRET_KEY_FILE, value: /run/secrets/vestibule/{{ .Values.secret.secretKey }} }
{{- with .Values.secret.redisUrl }}
- { name: VESTIBULE_REDIS_URL_FILE, value: /run/secrets/vestibule/{{ . }} }
{{- end }}
{{- with .Values.secret.cacheRedisUrl }}
- { name: VESTIBULE_CACHE_REDIS_URL_FILE, value: /run/secrets/vestibule/{{ . }} }
{{- end }}
{{- with .Values.secret.apiKey }}
- { name: VESTIBULE_UPSTREAM_API_KEY_FILE, value: /run/secrets/vestibule/{{ . }} }
{{- end }}
{{- if .Values.upstream.bootstrap }}
- { name: VESTIBULE_UPSTREAM_BOOTSTRAP, value: "true" }
- { name: VESTIBULE_UPSTREAM_ADMIN_USERNAME, value: {{ .Values.upstream.adminUsername | quote }} }
- { name: VESTIBULE_UPSTREAM_ADMIN_PASSWORD_FILE, value: /run/secrets/vestibule/{{ .Values.secret.adminPassword }} }
{{- with .Values.secret.instancePassword }}
- { name: VESTIBULE_UPSTREAM_INSTANCE_PASSWORD_FILE, value: /run/secrets/vestibule/{{ . }} }
{{- end }}
{{- end }}
{{- end -}}
