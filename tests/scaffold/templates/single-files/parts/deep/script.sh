#!/bin/sh
  {% for n in values.list %}
echo ${{ n }} ${{ values.name }}
  {% endfor %}
end
