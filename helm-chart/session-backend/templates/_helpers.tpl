{{/* Names. Kubernetes allows 63 characters; what is longer is cut and told apart by a piece of its hash. */}}
{{- define "session-backend.cut" -}}
{{- $name := index . 0 -}}{{- $length := int (index . 1) -}}
{{- if gt (len $name) $length -}}
{{- printf "%s-%s" (trunc (int (sub $length 7)) $name | trimSuffix "-") (sha256sum $name | trunc 6) -}}
{{- else -}}
{{- $name -}}
{{- end -}}
{{- end -}}

{{- define "session-backend.name" -}}
{{- include "session-backend.cut" (list (default .Chart.Name .Values.nameOverride) 63) -}}
{{- end -}}

{{/* 41 characters, so that every suffix below fits. */}}
{{- define "session-backend.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- include "session-backend.cut" (list .Values.fullnameOverride 41) -}}
{{- else if contains $name .Release.Name -}}
{{- include "session-backend.cut" (list .Release.Name 41) -}}
{{- else -}}
{{- include "session-backend.cut" (list (printf "%s-%s" .Release.Name $name) 41) -}}
{{- end -}}
{{- end -}}

{{/* <release>-postgresql. A StatefulSet's name may have 52 characters: its pods carry it with a hash in a label. */}}
{{- define "session-backend.postgresql.fullname" -}}
{{- printf "%s-postgresql" (include "session-backend.cut" (list (default .Release.Name .Values.fullnameOverride) 41)) -}}
{{- end -}}

{{- define "session-backend.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "session-backend.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Labels: list root, component. */}}
{{- define "session-backend.selectorLabels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "session-backend.name" $root | quote }}
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "session-backend.labels" -}}
{{- $root := index . 0 -}}
{{- $own := include "session-backend.selectorLabels" . | fromYaml -}}
{{- $_ := set $own "app.kubernetes.io/version" (toString $root.Chart.AppVersion | trunc 63) -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" $root.Release.Service -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" $root.Chart.Name ($root.Chart.Version | replace "+" "_") | trunc 63) -}}
{{- toYaml (merge (dict) $own $root.Values.commonLabels) -}}
{{- end -}}

{{/* Labels of a pod: list root, component, own labels. The selector's labels cannot be overridden. */}}
{{- define "session-backend.podLabels" -}}
{{- $root := index . 0 -}}
{{- $selector := include "session-backend.selectorLabels" . | fromYaml -}}
{{- toYaml (merge (dict) $selector (index . 2) $root.Values.commonLabels) -}}
{{- end -}}

{{- define "session-backend.image" -}}
{{- if .image.digest -}}
{{- printf "%s@%s" .image.repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" .image.repository (toString (default .default .image.tag)) -}}
{{- end -}}
{{- end -}}

{{- define "session-backend.apiImage" -}}
{{- include "session-backend.image" (dict "image" .Values.sessionBackend.image "default" .Chart.AppVersion) -}}
{{- end -}}

{{- define "session-backend.postgresqlImage" -}}
{{- include "session-backend.image" (dict "image" .Values.postgresql.image "default" "15") -}}
{{- end -}}

{{- define "session-backend.imagePullSecrets" -}}
{{- with (.Values.global).imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Fewest and most pods of the API. */}}
{{- define "session-backend.minReplicas" -}}
{{- if .Values.sessionBackend.autoscaling.enabled -}}
{{- .Values.sessionBackend.autoscaling.minReplicas -}}
{{- else -}}
{{- .Values.sessionBackend.replicaCount -}}
{{- end -}}
{{- end -}}

{{- define "session-backend.maxReplicas" -}}
{{- if .Values.sessionBackend.autoscaling.enabled -}}
{{- .Values.sessionBackend.autoscaling.maxReplicas -}}
{{- else -}}
{{- .Values.sessionBackend.replicaCount -}}
{{- end -}}
{{- end -}}

{{- define "session-backend.scheme" -}}
{{- if .Values.sessionBackend.tls.existingSecret -}}https{{- else -}}http{{- end -}}
{{- end -}}

{{- define "session-backend.authEnabled" -}}
{{- if .Values.sessionBackend.auth.existingSecret -}}true
{{- else if .Values.sessionBackend.auth.tokens -}}true
{{- end -}}
{{- end -}}

{{- define "session-backend.authSecretName" -}}
{{- default (printf "%s-tokens" (include "session-backend.fullname" .)) .Values.sessionBackend.auth.existingSecret -}}
{{- end -}}

{{/* A probe of the values with port and scheme filled in: list root, probe. */}}
{{- define "session-backend.probe" -}}
{{- $root := index . 0 -}}{{- $probe := deepCopy (index . 1) -}}
{{- if $probe.httpGet -}}
{{- $get := merge (dict) $probe.httpGet (dict "port" $root.Values.sessionBackend.service.targetPort "scheme" (include "session-backend.scheme" $root | upper)) -}}
{{- $_ := set $get "port" (ternary (int $get.port) $get.port (regexMatch "^[0-9]+$" (toString $get.port))) -}}
{{- $_ := set $probe "httpGet" $get -}}
{{- end -}}
{{- toYaml $probe -}}
{{- end -}}

{{/* A whole quantity of memory (512Mi, 1G) in MiB; empty when it is written otherwise. */}}
{{- define "session-backend.mebibytes" -}}
{{- $text := toString . -}}
{{- if regexMatch "^[0-9]+(Ki|Mi|Gi|k|M|G)?$" $text -}}
{{- $units := dict "" 1 "k" 1000 "Ki" 1024 "M" 1000000 "Mi" 1048576 "G" 1000000000 "Gi" 1073741824 -}}
{{- div (mul (regexFind "^[0-9]+" $text | int64) (index $units (regexFind "[A-Za-z]*$" $text))) 1048576 -}}
{{- end -}}
{{- end -}}
