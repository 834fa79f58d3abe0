first ${{ values.name }}
