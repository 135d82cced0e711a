@echo off
rem Installs Yadorigi from this folder, without a network. Finds a Python that the bundle serves and hands over to the
rem installer, which explains itself. Arguments are handed on: install.bat --help
rem "set PYTHON=C:\path\to\python.exe" beforehand takes that Python.
setlocal
set "code=1"
set "found="
if defined PYTHON set found="%PYTHON%"
for %%v in (@PYTHONS@) do call :launcher %%v
call :path
if not defined found goto none
%found% -I -B "%~dp0installer" %*
set "code=%errorlevel%"
goto finished

:launcher
if defined found goto :eof
py -%1 -I -c "" >nul 2>nul
if not errorlevel 1 set "found=py -%1"
goto :eof

:path
if defined found goto :eof
python -I -c "import sys; sys.exit('%%d.%%d' %% sys.version_info[:2] not in '@PYTHONS@'.split())" >nul 2>nul
if not errorlevel 1 set "found=python"
goto :eof

:none
echo NOT INSTALLED: no Python of these versions was found: @PYTHONS@
echo Install one with the installer of python.org (64-bit), then run this again.

:finished
rem A window that a double click opened would close before anybody has read it.
echo %cmdcmdline% | find /i "%~nx0" >nul && pause
exit /b %code%
