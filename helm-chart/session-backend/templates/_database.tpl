{{/*
The one place that knows where the database is and who asks. The API, the migrations, the tests and the backups all take
their environment from here.
*/}}

{{/* The user's environment by name: `env`, then `extraEnv`. */}}
{{- define "session-backend.env.given" -}}
{{- $given := dict -}}
{{- range concat (default (list) .Values.sessionBackend.env) (default (list) .Values.sessionBackend.extraEnv) -}}
{{- $_ := set $given .name . -}}
{{- end -}}
{{- toYaml $given -}}
{{- end -}}

{{/* The value of a variable that the user gave as plain text, else empty: list root, name. */}}
{{- define "session-backend.env.literal" -}}
{{- $given := include "session-backend.env.given" (index . 0) | fromYaml -}}
{{- $entry := index $given (index . 1) -}}
{{- if $entry -}}{{- if hasKey $entry "value" -}}{{- $entry.value -}}{{- end -}}{{- end -}}
{{- end -}}

{{/* Number of workers, which the environment may override. */}}
{{- define "session-backend.workers" -}}
{{- $given := include "session-backend.env.literal" (list . "WORKERS") -}}
{{- if regexMatch "^[0-9]+$" $given -}}{{- $given -}}{{- else -}}{{- .Values.sessionBackend.workers -}}{{- end -}}
{{- end -}}

{{/* "true" when the API uses the chart's own PostgreSQL, whose administrator makes its role. */}}
{{- define "session-backend.database.inChart" -}}
{{- if .Values.postgresql.enabled -}}
{{- $given := include "session-backend.env.given" . | fromYaml -}}
{{- if not (hasKey $given "DATABASE_URL") -}}
{{- $service := include "session-backend.postgresql.fullname" . -}}
{{- $host := include "session-backend.env.literal" (list . "POSTGRES_HOST") -}}
{{- if not (hasKey $given "POSTGRES_HOST") -}}true
{{- else if or (eq $host $service) (hasPrefix (printf "%s.%s" $service .Release.Namespace) $host) -}}true
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "session-backend.database.adminSecret" -}}
{{- default (include "session-backend.postgresql.fullname" .) .Values.postgresql.auth.existingSecret -}}
{{- end -}}

{{/*
The passwords of the chart's own PostgreSQL: given, else those in the live Secret, else (the API's role) derived from the
administrator's when that is given, so that tools that render without a cluster get the same each time, else random.
Made once a rendering.
*/}}
{{- define "session-backend.database.passwords" -}}
{{- if not (hasKey .Values "renderedPasswords") -}}
{{- $auth := .Values.postgresql.auth -}}
{{- $live := lookup "v1" "Secret" .Release.Namespace (include "session-backend.postgresql.fullname" .) -}}
{{- $data := dict -}}
{{- if $live -}}{{- $data = default (dict) $live.data -}}{{- end -}}
{{- $admin := $auth.password -}}
{{- if $admin -}}
{{- if hasKey $data "password" -}}
{{- if ne (b64dec (index $data "password")) $admin -}}
{{- fail (printf "postgresql.auth.password is not the one in Secret %s: the database has that one already. Change it there first (ALTER ROLE), then in the Secret, then here." (include "session-backend.postgresql.fullname" .)) -}}
{{- end -}}
{{- end -}}
{{- else if hasKey $data "password" -}}
{{- $admin = b64dec (index $data "password") -}}
{{- else if not $auth.existingSecret -}}
{{- if .Release.IsUpgrade -}}
{{- fail (printf "Secret %s with the database's password cannot be found (or cannot be looked up here), and this is an upgrade: set postgresql.auth.password to the password that the database has, or for a new database to a new one." (include "session-backend.postgresql.fullname" .)) -}}
{{- end -}}
{{- $admin = randAlphaNum 32 -}}
{{- end -}}
{{- $app := $auth.appPassword -}}
{{- if $app -}}
{{- else if hasKey $data "app-password" -}}
{{- $app = b64dec (index $data "app-password") -}}
{{- else if $auth.password -}}
{{- $app = printf "%s/%s" $auth.password $auth.appUsername | sha256sum | trunc 32 -}}
{{- else -}}
{{- if .Release.IsUpgrade -}}
{{- if $auth.existingSecret -}}
{{- fail (printf "Secret %s with the API's password cannot be found (or cannot be looked up here), and this is an upgrade: set postgresql.auth.appPassword." (include "session-backend.postgresql.fullname" .)) -}}
{{- end -}}
{{- end -}}
{{- $app = randAlphaNum 32 -}}
{{- end -}}
{{- $_ := set .Values "renderedPasswords" (dict "admin" $admin "app" $app) -}}
{{- end -}}
{{- toYaml .Values.renderedPasswords -}}
{{- end -}}

{{/* Entries that read a key of a Secret: dict name, secret, key. */}}
{{- define "session-backend.env.fromSecret" -}}
- name: {{ .name | quote }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret | quote }}
      key: {{ .key | quote }}
{{- end -}}

{{/* What the chart itself says of the database, for the role of the API. */}}
{{- define "session-backend.database.own" -}}
{{- $pg := include "session-backend.postgresql.fullname" . -}}
{{- if .Values.postgresql.enabled }}
- name: POSTGRES_HOST
  value: {{ $pg | quote }}
- name: POSTGRES_PORT
  value: {{ .Values.postgresql.primary.service.port | quote }}
- name: POSTGRES_DB
  value: {{ .Values.postgresql.auth.database | quote }}
- name: POSTGRES_USER
  value: {{ .Values.postgresql.auth.appUsername | quote }}
{{- $user := include "session-backend.env.literal" (list . "POSTGRES_USER") }}
{{- if eq $user .Values.postgresql.auth.username }}
{{ include "session-backend.env.fromSecret" (dict "name" "POSTGRES_PASSWORD" "secret" (include "session-backend.database.adminSecret" .) "key" "password") }}
{{- else }}
{{ include "session-backend.env.fromSecret" (dict "name" "POSTGRES_PASSWORD" "secret" $pg "key" "app-password") }}
{{- end }}
{{- else }}
{{- $external := .Values.externalPostgresql }}
{{- with $external.host }}
- name: POSTGRES_HOST
  value: {{ . | quote }}
- name: POSTGRES_PORT
  value: {{ default 5432 $external.port | quote }}
- name: POSTGRES_DB
  value: {{ default "sessions" $external.database | quote }}
{{- end }}
{{- with $external.existingSecret }}
{{ include "session-backend.env.fromSecret" (dict "name" "POSTGRES_USER" "secret" . "key" $external.usernameKey) }}
{{ include "session-backend.env.fromSecret" (dict "name" "POSTGRES_PASSWORD" "secret" . "key" $external.passwordKey) }}
{{- end }}
{{- with $external.sslMode }}
- name: PGSSLMODE
  value: {{ . | quote }}
{{- end }}
{{- with $external.targetSessionAttrs }}
- name: PGTARGETSESSIONATTRS
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What the chart says of the service itself: list root, seconds that requests in hand are given at the end. */}}
{{- define "session-backend.service.own" -}}
{{- $root := index . 0 -}}
{{- $api := $root.Values.sessionBackend -}}
- name: PORT
  value: {{ $api.service.targetPort | quote }}
- name: WORKERS
  value: {{ $api.workers | quote }}
- name: LOG_LEVEL
  value: {{ $api.logLevel | quote }}
- name: LOG_FORMAT
  value: {{ $api.logFormat | quote }}
- name: MAX_BODY_BYTES
  value: {{ int64 $api.maxBodyBytes | quote }}
- name: REQUEST_TIMEOUT
  value: {{ $api.requestTimeout | quote }}
- name: CONNECT_TIMEOUT
  value: {{ $api.connectTimeout | quote }}
- name: SLOW_MS
  value: {{ int $api.slowMs | quote }}
- name: DRAIN_SECONDS
  value: {{ $api.drain.seconds | quote }}
- name: SHUTDOWN_TIMEOUT
  value: {{ index . 1 | quote }}
- name: METRICS_TOKEN_REQUIRED
  value: {{ $api.metricsTokenRequired | quote }}
- name: RUN_DIR
  value: /run/session-backend
- name: SPOOL_DIR
  value: /var/spool/session-backend/spool
{{- with $api.corsOrigins }}
- name: CORS_ORIGINS
  value: {{ . | quote }}
{{- end }}
{{- if include "session-backend.authEnabled" $root }}
- name: AUTH_TOKENS_FILE
  value: /etc/session-backend-tokens/{{ $api.auth.existingSecretKey }}
{{- end }}
{{- if $api.tls.existingSecret }}
- name: TLS_CERTIFICATE
  value: /run/session-backend-tls/tls.pem
{{- end }}
{{- end -}}

{{/* Two lists of entries joined, the second one's names winning: dict own, given (both YAML text). */}}
{{- define "session-backend.env.join" -}}
{{- $joined := list -}}
{{- range .own -}}{{- if not (hasKey $.given .name) -}}{{- $joined = append $joined . -}}{{- end -}}{{- end -}}
{{- range .order -}}{{- $joined = append $joined (index $.given .) -}}{{- end -}}
{{- if $joined -}}{{- toYaml $joined -}}{{- end -}}
{{- end -}}

{{/* Environment of the API's containers: list root, seconds that requests in hand are given at the end. */}}
{{- define "session-backend.env" -}}
{{- $root := index . 0 -}}
{{- $own := (printf "env:\n%s\n%s" (include "session-backend.database.own" $root) (include "session-backend.service.own" .) | fromYaml).env -}}
{{- $given := include "session-backend.env.given" $root | fromYaml -}}
{{- $order := list -}}
{{- range concat (default (list) $root.Values.sessionBackend.env) (default (list) $root.Values.sessionBackend.extraEnv) -}}{{- $order = append $order .name -}}{{- end -}}
{{- include "session-backend.env.join" (dict "own" $own "given" $given "order" (uniq $order)) -}}
{{- end -}}

{{/* Secret of an administrator who makes the API's role; empty when the API's role does it all. */}}
{{- define "session-backend.database.administrator" -}}
{{- if include "session-backend.database.inChart" . -}}
{{- include "session-backend.database.adminSecret" . -}}
{{- else if not .Values.postgresql.enabled -}}
{{- .Values.externalPostgresql.adminExistingSecret -}}
{{- end -}}
{{- end -}}

{{/* "true" when the init container makes a role: there is an administrator, and the API is somebody else. */}}
{{- define "session-backend.database.createRole" -}}
{{- if include "session-backend.database.administrator" . -}}
{{- if not .Values.postgresql.enabled -}}true
{{- else if ne (include "session-backend.env.literal" (list . "POSTGRES_USER")) .Values.postgresql.auth.username -}}true
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
Environment of who may change the schema: migrations and backups. With an administrator the API's own role and password
go along as MIGRATE_ROLE and MIGRATE_PASSWORD, so that the role is made.
*/}}
{{- define "session-backend.adminEnv" -}}
{{- $entries := (printf "env:\n%s" (include "session-backend.env" (list . 0)) | fromYaml).env -}}
{{- $service := dict -}}
{{- range (printf "env:\n%s" (include "session-backend.service.own" (list . 0)) | fromYaml).env -}}{{- $_ := set $service .name true -}}{{- end -}}
{{- $secret := include "session-backend.database.administrator" . -}}
{{- $createRole := include "session-backend.database.createRole" . -}}
{{- $user := dict "name" "POSTGRES_USER" "value" .Values.postgresql.auth.username -}}
{{- $passwordKey := "password" -}}
{{- if not .Values.postgresql.enabled -}}
{{- $user = dict "name" "POSTGRES_USER" "valueFrom" (dict "secretKeyRef" (dict "name" $secret "key" .Values.externalPostgresql.usernameKey)) -}}
{{- $passwordKey = .Values.externalPostgresql.passwordKey -}}
{{- end -}}
{{- $password := dict "name" "POSTGRES_PASSWORD" "valueFrom" (dict "secretKeyRef" (dict "name" $secret "key" $passwordKey)) -}}
{{- $out := list -}}
{{- range $entries -}}
{{- if hasKey $service .name -}}
{{- else if not (and $secret (has .name (list "POSTGRES_USER" "POSTGRES_PASSWORD"))) -}}
{{- $out = append $out . -}}
{{- else -}}
{{- $out = append $out (ternary $user $password (eq .name "POSTGRES_USER")) -}}
{{- if $createRole -}}
{{- $out = append $out (set (deepCopy .) "name" (ternary "MIGRATE_ROLE" "MIGRATE_PASSWORD" (eq .name "POSTGRES_USER"))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $out -}}{{- toYaml $out -}}{{- else -}}[]{{- end -}}
{{- end -}}
