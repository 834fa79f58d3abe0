setup(name="{{ cookiecutter.project }}", license="{{cookiecutter.license}}")
