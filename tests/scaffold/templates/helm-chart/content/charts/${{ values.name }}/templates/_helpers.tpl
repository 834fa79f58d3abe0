{{- define "name" -}}
{{ .Chart.Name | trunc 63 | trimSuffix "-" }} ${{ values.name }}
{{- end -}}
