from django.db import migrations

TITLES = {'blue': '蓝色督查单', 'orange': '橙色督查单', 'red': '红色督查单'}


def name_letters(apps, schema_editor):
    """Letters sent so far are called by the level they had; answers given so far are their first replies."""
    Letter, Reply = (apps.get_model('supervision', name) for name in ('Letter', 'Reply'))
    for level, title in TITLES.items():
        Letter.objects.filter(level=level).update(title=title)
    for letter in Letter.objects.filter(state='answered'):
        Reply.objects.create(letter=letter, text=letter.answer, answered_by_id=letter.answered_by_id, answered_on=letter.answered_on)


class Migration(migrations.Migration):

    dependencies = [
        ('supervision', '0005_who_is_late'),
    ]

    operations = [
        migrations.RunPython(name_letters, migrations.RunPython.noop),
    ]
