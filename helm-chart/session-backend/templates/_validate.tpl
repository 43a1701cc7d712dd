{{/* Refuses values that cannot work, each with a sentence. What a schema can say is in values.schema.json. */}}
{{- define "session-backend.validate" -}}
{{- include "session-backend.validate.pods" . -}}
{{- include "session-backend.validate.database" . -}}
{{- include "session-backend.validate.connections" . -}}
{{- include "session-backend.validate.environment" . -}}
{{- include "session-backend.validate.network" . -}}
{{- include "session-backend.validate.access" . -}}
{{- end -}}

{{- define "session-backend.validate.pods" -}}
{{- $api := .Values.sessionBackend -}}{{- $pdb := .Values.podDisruptionBudget -}}
{{- $replicas := int (include "session-backend.minReplicas" .) -}}
{{- if $api.autoscaling.enabled -}}
{{- if gt (int $api.autoscaling.minReplicas) (int $api.autoscaling.maxReplicas) -}}
{{- fail (printf "sessionBackend.autoscaling.minReplicas=%d is above maxReplicas=%d." (int $api.autoscaling.minReplicas) (int $api.autoscaling.maxReplicas)) -}}
{{- end -}}
{{- if not (or $api.autoscaling.targetCPUUtilizationPercentage $api.autoscaling.targetMemoryUtilizationPercentage) -}}
{{- fail "sessionBackend.autoscaling.enabled needs targetCPUUtilizationPercentage or targetMemoryUtilizationPercentage." -}}
{{- end -}}
{{- if $api.autoscaling.targetCPUUtilizationPercentage -}}
{{- range $name, $resources := dict "sessionBackend.resources" $api.resources "sessionBackend.lighttpd.resources" $api.lighttpd.resources -}}
{{- if not (or (hasKey (default (dict) $resources.requests) "cpu") (hasKey (default (dict) $resources.limits) "cpu")) -}}
{{- fail (printf "%s has no CPU request: the HorizontalPodAutoscaler needs one from every container (or set targetCPUUtilizationPercentage to null)." $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $api.autoscaling.targetMemoryUtilizationPercentage -}}
{{- range $name, $resources := dict "sessionBackend.resources" $api.resources "sessionBackend.lighttpd.resources" $api.lighttpd.resources -}}
{{- if not (or (hasKey (default (dict) $resources.requests) "memory") (hasKey (default (dict) $resources.limits) "memory")) -}}
{{- fail (printf "%s has no memory request: the HorizontalPodAutoscaler needs one from every container (or set targetMemoryUtilizationPercentage to null)." $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $pdb.enabled -}}
{{- if and (not (kindIs "invalid" $pdb.minAvailable)) (not (kindIs "invalid" $pdb.maxUnavailable)) -}}
{{- fail "podDisruptionBudget: set minAvailable or maxUnavailable, not both." -}}
{{- end -}}
{{- if not (kindIs "invalid" $pdb.minAvailable) -}}
{{- if and (gt $replicas 1) (or (eq (toString $pdb.minAvailable) "100%") (and (not (kindIs "string" $pdb.minAvailable)) (ge (int $pdb.minAvailable) $replicas))) -}}
{{- fail (printf "podDisruptionBudget.minAvailable=%v of %d replicas would block every drain of a node." $pdb.minAvailable $replicas) -}}
{{- end -}}
{{- end -}}
{{- if or (eq (toString $pdb.maxUnavailable) "0") (eq (toString $pdb.maxUnavailable) "0%") -}}
{{- fail "podDisruptionBudget.maxUnavailable=0 would block every drain of a node." -}}
{{- end -}}
{{- end -}}
{{- if eq $api.strategy.type "Recreate" -}}
{{- if $api.strategy.rollingUpdate -}}
{{- fail "sessionBackend.strategy.type=Recreate takes no rollingUpdate: set sessionBackend.strategy.rollingUpdate to null." -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "session-backend.validate.database" -}}
{{- $external := .Values.externalPostgresql -}}
{{- $given := include "session-backend.env.given" . | fromYaml -}}
{{- if not .Values.postgresql.enabled -}}
{{- if not (or $external.host (hasKey $given "POSTGRES_HOST") (hasKey $given "DATABASE_URL")) -}}
{{- fail "postgresql.enabled=false needs externalPostgresql.host." -}}
{{- end -}}
{{- if not (or $external.existingSecret (hasKey $given "DATABASE_URL")) -}}
{{- if not (and (hasKey $given "POSTGRES_USER") (or (hasKey $given "POSTGRES_PASSWORD") (hasKey $given "PGPASSFILE") (hasKey $given "PGSSLCERT"))) -}}
{{- fail "postgresql.enabled=false needs externalPostgresql.existingSecret, a Secret with the keys username and password." -}}
{{- end -}}
{{- end -}}
{{- else -}}
{{- if $external.host -}}
{{- fail "externalPostgresql.host is set, but postgresql.enabled=true: set postgresql.enabled=false to use the database outside." -}}
{{- end -}}
{{- $auth := .Values.postgresql.auth -}}
{{- if and $auth.password $auth.existingSecret -}}
{{- fail "postgresql.auth: set password or existingSecret, not both." -}}
{{- end -}}
{{- if eq $auth.username $auth.appUsername -}}
{{- fail "postgresql.auth.appUsername must not be the administrator's name: the API runs as a plain role." -}}
{{- end -}}
{{- if include "session-backend.database.inChart" . -}}
{{- if hasKey $given "POSTGRES_USER" -}}
{{- if and (not (include "session-backend.env.literal" (list . "POSTGRES_USER"))) (not (hasKey $given "POSTGRES_PASSWORD")) -}}
{{- fail "sessionBackend.env names POSTGRES_USER from elsewhere: it must name POSTGRES_PASSWORD too." -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name, $_ := .Values.postgresql.config -}}
{{- if eq $name "max_connections" -}}
{{- fail "postgresql.config.max_connections: set postgresql.maxConnections instead, which the chart checks." -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* While a roll-out replaces all pods, the old ones still hold their connections. 10 are left for migrations, backups and people. */}}
{{- define "session-backend.validate.connections" -}}
{{- $limit := int .Values.postgresql.maxConnections -}}{{- $name := "postgresql.maxConnections" -}}
{{- if not (include "session-backend.database.inChart" .) -}}
{{- $limit = int .Values.externalPostgresql.maxConnections -}}{{- $name = "externalPostgresql.maxConnections" -}}
{{- end -}}
{{- $pods := int (include "session-backend.maxReplicas" .) -}}
{{- $workers := int (include "session-backend.workers" .) -}}
{{- $times := 2 -}}
{{- if eq .Values.sessionBackend.strategy.type "Recreate" -}}{{- $times = 1 -}}{{- end -}}
{{- $needed := add (mul $times $pods (add $workers 1)) 10 -}}
{{- if gt $limit 0 -}}
{{- if gt (int $needed) $limit -}}
{{- fail (printf "%d pods x (%d workers + 1)%s + 10 = %d connections, but %s=%d: fewer pods or workers, or more connections." $pods $workers (ternary ", twice during a roll-out," "" (eq $times 2)) (int $needed) $name $limit) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "session-backend.validate.environment" -}}
{{- range $list := list "env" "extraEnv" -}}
{{- $seen := dict -}}
{{- range index $.Values.sessionBackend $list -}}
{{- if hasKey $seen .name -}}
{{- fail (printf "sessionBackend.%s names %s twice." $list .name) -}}
{{- end -}}
{{- $_ := set $seen .name true -}}
{{- if has .name (list "PORT" "RUN_DIR" "SPOOL_DIR" "DRAIN_SECONDS" "SHUTDOWN_TIMEOUT" "AUTH_TOKENS_FILE" "TLS_CERTIFICATE") -}}
{{- $instead := dict "PORT" "sessionBackend.service.targetPort" "DRAIN_SECONDS" "sessionBackend.drain.seconds" "SHUTDOWN_TIMEOUT" "sessionBackend.drain.longestRequestSeconds" "AUTH_TOKENS_FILE" "sessionBackend.auth" "TLS_CERTIFICATE" "sessionBackend.tls" -}}
{{- fail (printf "sessionBackend.%s names %s, on which the pod's own parts must agree%s." $list .name (ternary (printf ": set %s instead" (index $instead .name)) "" (hasKey $instead .name))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "session-backend.validate.network" -}}
{{- $api := .Values.sessionBackend -}}
{{- range $name := list "startupProbe" "livenessProbe" "readinessProbe" -}}
{{- $get := default (dict) (index $api $name).httpGet -}}
{{- if hasKey $get "port" -}}
{{- if not (has (toString $get.port) (list (toString (int $api.service.targetPort)) "http")) -}}
{{- fail (printf "sessionBackend.%s.httpGet.port is %v, but lighttpd listens on %d (sessionBackend.service.targetPort)." $name $get.port (int $api.service.targetPort)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name, $service := dict "sessionBackend.service" $api.service "postgresql.primary.service" .Values.postgresql.primary.service -}}
{{- if and (eq $service.type "ClusterIP") $service.nodePort -}}
{{- fail (printf "%s.nodePort needs the type NodePort or LoadBalancer." $name) -}}
{{- end -}}
{{- end -}}
{{- if .Values.ingress.enabled -}}
{{- if not .Values.ingress.hosts -}}
{{- fail "ingress.enabled needs at least one entry in ingress.hosts." -}}
{{- end -}}
{{- $hosts := list -}}
{{- range .Values.ingress.hosts -}}{{- $hosts = append $hosts .host -}}{{- end -}}
{{- range .Values.ingress.tls -}}
{{- range .hosts -}}
{{- if not (has . $hosts) -}}
{{- fail (printf "ingress.tls names the host %s, which ingress.hosts does not have." .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "session-backend.validate.access" -}}
{{- $auth := .Values.sessionBackend.auth -}}
{{- if and $auth.existingSecret $auth.tokens -}}
{{- fail "sessionBackend.auth: set existingSecret or tokens, not both." -}}
{{- end -}}
{{- if .Values.sessionBackend.metricsTokenRequired -}}
{{- if not (include "session-backend.authEnabled" .) -}}
{{- fail "sessionBackend.metricsTokenRequired needs sessionBackend.auth." -}}
{{- end -}}
{{- if .Values.metrics.serviceMonitor.enabled -}}
{{- if not .Values.metrics.serviceMonitor.tokenSecret -}}
{{- fail "metrics.serviceMonitor needs tokenSecret, for sessionBackend.metricsTokenRequired=true." -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
