@echo off
rem Installs Yadorigi from this folder, without a network. Finds a Python that the bundle serves and hands over to the
rem installer, which explains itself. Arguments are handed on: install.bat --help
rem "set PYTHON=C:\path\to\python.exe" beforehand takes that Python.
setlocal
set "code=1"
if defined PYTHON (
    "%PYTHON%" -I -B "%~dp0installer" %*
    goto ended
)
for %%v in (@PYTHONS@) do (
    py -%%v -I -c "" >nul 2>nul
    if not errorlevel 1 (
        set "found=py -%%v"
        goto install
    )
)
python -I -c "import sys; sys.exit('%%d.%%d' %% sys.version_info[:2] not in '@PYTHONS@'.split())" >nul 2>nul
if not errorlevel 1 (
    set "found=python"
    goto install
)
echo NOT INSTALLED: no Python of these versions was found: @PYTHONS@
echo Install one with the installer of python.org (64-bit), then run this again.
goto finished
:install
%found% -I -B "%~dp0installer" %*
:ended
set "code=%errorlevel%"
:finished
rem A window that a double click opened would close before anybody has read it.
echo %cmdcmdline% | find /i "%~nx0" >nul && pause
exit /b %code%
