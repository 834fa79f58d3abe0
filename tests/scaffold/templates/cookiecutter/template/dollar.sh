echo ${{ cookiecutter.project }} ${HOME} {{ values.project }}.
