third ${{ values.name }}
